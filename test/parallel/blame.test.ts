import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Ending, judge } from '../../src/parallel/blame.js'
import { createDelivery } from '../../src/parallel/delivery.js'
import { createBatch } from '../../src/parallel/slot.js'

const once = { timeout: 0, retries: 0 }
const failure = { name: 'Error', message: 'bad', stack: '' }
const died = { reply: { kind: 'died', reason: 'exited with code 3' }, late: false } as const

test('a chunk whose worker died or was late is computed again, and nobody is blamed', () => {
  for (const ending of [died, { reply: { kind: 'cancelled' }, late: true } as const]) {
    const { slots, missing } = createBatch(0, ['a', 'b'])
    assert.deepEqual(judge(slots, ending, once), slots)
    assert.deepEqual([missing, slots[0]?.deaths, slots[0]?.lapses], [2, 0, 0])
  }
})

test('an item that ends its worker alone has a second chance, then fails', () => {
  const { slots } = createBatch(0, ['a'])
  assert.deepEqual(judge(slots, died, once), slots)
  assert.deepEqual(judge(slots, died, once), [])
  assert.match(slots[0]?.failure?.message ?? '', /the last one exited with code 3/)
})

test('an item that fails is computed again as often as it may be', () => {
  const batch = createBatch(0, ['a', 'b'])
  const { slots } = batch
  const patience = { timeout: 0, retries: 1 }
  const ending = (values: unknown[], position: number): Ending => ({
    reply: { kind: 'done', values, failures: [[position, failure]], milliseconds: 1 },
    late: false,
  })
  const again = judge(slots, ending(['A', undefined], 1), patience)
  assert.deepEqual(again, [slots[1]])
  assert.deepEqual([slots[0]?.value, batch.missing], ['A', 1])
  assert.deepEqual(judge(again, ending([undefined], 0), patience), [])
  assert.deepEqual([slots[1]?.failure, batch.missing], [failure, 0])
})

test('a shutdown ends everything', () => {
  const { slots } = createBatch(0, ['a'])
  assert.throws(() => judge(slots, { reply: { kind: 'cancelled' }, late: false }, once), {
    code: 'NWORKERS_E_USAGE',
  })
})

test('in order, a batch waits for those before it; as completed, its parts do not', () => {
  const done = (value: string) => ({
    reply: { kind: 'done' as const, values: [value], failures: [], milliseconds: 1 },
    late: false,
  })
  for (const ordered of [true, false]) {
    const delivery = createDelivery<string>(ordered)
    const [first, second] = [createBatch(0, ['a', 'b']), createBatch(2, ['c'])]
    for (const batch of [first, second]) delivery.add(batch)
    const settled: [typeof first, number, string][] = [
      [second, 0, 'C'],
      [first, 1, 'B'],
      [first, 0, 'A'],
    ]
    // What can be taken after each of them: what waits is told only by asking at once.
    const taken = settled.map(([batch, position, value]) => {
      judge(batch.slots.slice(position, position + 1), done(value), once)
      delivery.changed(batch)
      return takeAll(delivery)
    })
    assert.deepEqual(taken, ordered ? [[], [], ['AB', 'C']] : [['C'], ['B'], ['A']])
    assert.equal(delivery.outstanding(), 0)
  }
})

function takeAll(delivery: ReturnType<typeof createDelivery<string>>): string[] {
  const taken: string[] = []
  for (let some = delivery.take(); some !== undefined; some = delivery.take())
    taken.push(some.map(({ value }) => value).join(''))
  return taken
}
