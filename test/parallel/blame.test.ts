import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from '../../src/parallel/blame.js'
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
  const reply = { kind: 'done', values: ['A', undefined], failures: [[1, failure]], milliseconds: 1 } as const
  const ending = {
    reply: { ...reply, values: [...reply.values], failures: [[1, failure] as [number, typeof failure]] },
    late: false,
  }
  const again = judge(slots, ending, { timeout: 0, retries: 1 })
  assert.deepEqual(again, [slots[1]])
  assert.deepEqual([slots[0]?.value, batch.missing], ['A', 1])
  const alone = {
    kind: 'done',
    values: [undefined],
    failures: [[0, failure] as [number, typeof failure]],
    milliseconds: 1,
  } as const
  assert.deepEqual(
    judge(
      again,
      { reply: { ...alone, values: [undefined], failures: [[0, failure]] }, late: false },
      { timeout: 0, retries: 1 },
    ),
    [],
  )
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
    judge(second.slots, done('C'), once)
    delivery.changed(second)
    judge(first.slots.slice(1), done('B'), once)
    delivery.changed(first)
    judge(first.slots.slice(0, 1), done('A'), once)
    delivery.changed(first)
    const taken: unknown[] = []
    for (let some = delivery.take(); some !== undefined; some = delivery.take())
      taken.push(some.map(({ value }) => value).join(''))
    // Parts that wait together are handed over as they came.
    assert.deepEqual(taken, ordered ? ['AB', 'C'] : ['C', 'B', 'A'])
    assert.equal(delivery.outstanding(), 0)
  }
})
