import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { durationBounds, noRequests } from '../../src/ipc/counts.js'
import { readFromWorker } from '../../src/ipc/from-worker.js'
import type { FromWorker } from '../../src/ipc/messages.js'

const queueTimes = { counts: [...durationBounds, 0].map(() => 0), sum: 0 }
const messages: FromWorker[] = [
  { type: 'loaded', kind: 'script' },
  { type: 'ready' },
  {
    type: 'beat',
    requests: 1,
    counts: noRequests,
    inFlight: 0,
    connections: 2,
    accepted: 2,
    loopDelayMs: 3,
    utilization: 0.5,
    queueTimes,
  },
  { type: 'failed', code: 'EADDRINUSE', exitCode: 1, message: 'in use' },
  { type: 'leaving', reason: 'request' },
  { type: 'accept-again' },
  { type: 'files', files: ['/app.js'] },
  {
    type: 'metrics',
    families: [
      { name: 'a', help: '', type: 'gauge', aggregator: 'sum', values: [{ value: 1, labels: { b: 'c' } }] },
    ],
  },
  { type: 'inspector-closed' },
  { type: 'address-needed', wanted: { address: ':3000', how: 'first' }, message: 'no' },
]

test('each message is read out of its envelope as it was sent', () => {
  for (const message of messages)
    assert.deepEqual(readFromWorker(JSON.parse(JSON.stringify({ nworkers: message }))), message)
})

test('a message of the app is none of ours, whatever it says', () => {
  for (const message of messages) assert.equal(readFromWorker(message), undefined)
  fc.assert(
    fc.property(fc.anything(), (received) => {
      assert.equal(readFromWorker(received), undefined)
    }),
  )
})

test('a message with a field that is missing or of another kind is not taken', () => {
  for (const message of messages) {
    for (const name of Object.keys(message)) {
      // What is in the list is looked at later.
      for (const wrong of name === 'families' ? [undefined, {}, '\0'] : [undefined, null, {}, [{}], '\0']) {
        if (typeof wrong === 'string' && typeof Reflect.get(message, name) === 'string' && name !== 'type')
          continue
        assert.equal(
          readFromWorker({ nworkers: { ...message, [name]: wrong } }),
          undefined,
          `${message.type}.${name}`,
        )
      }
    }
  }
})

test('an envelope with anything in it does no harm', () => {
  const types = messages.map(({ type }) => type)
  fc.assert(
    fc.property(
      fc.oneof(fc.anything(), fc.record({ type: fc.constantFrom(...types), counts: fc.anything() })),
      (inside) => {
        assert.doesNotThrow(() => readFromWorker({ nworkers: inside }))
      },
    ),
  )
})
