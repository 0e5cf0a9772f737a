import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { descriptorKinds } from './harness/descriptors.js'
import { poll } from './harness/poll.js'
import { reload } from './harness/reloads.js'
import { startServer } from './harness/server.js'
import { settled } from './harness/settled.js'
import { zombiesOf } from './harness/zombies.js'

test('15 reloads leave the arbiter with the descriptors it had and without zombies', {
  skip: process.platform !== 'linux' && 'looks into /proc',
}, async (t) => {
  const server = await startServer(t, { args: ['-w', '1'] })
  const generation = await reload(server, 1, 1)
  const before = await settled(() => descriptorKinds(server.pid))
  await reload(server, generation, 15)
  const isAsBefore = () => isDeepStrictEqual(descriptorKinds(server.pid), before)
  await poll(isAsBefore, { what: `the descriptors are again ${before.join(', ')}` })
  await poll(() => zombiesOf(server.pid).length === 0, { what: 'no zombie is left' })
  await poll(() => server.workers().length === 1, { what: 'one worker is left' })
})
