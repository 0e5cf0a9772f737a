import assert from 'node:assert/strict'
import { test } from 'node:test'
import { workerEnvironment } from '../../src/arbiter/environment.js'

const place = { slot: 2, generation: 3, count: 4 }

test('tells the worker its place, whatever was inherited or asked for', () => {
  const inherited = { NWORKERS_WORKER_SLOT: '9', PATH: '/bin' }
  const environment = workerEnvironment(inherited, { NWORKERS_WORKER_COUNT: '9', MODE: 'test' }, place)
  assert.deepEqual(environment, {
    PATH: '/bin',
    MODE: 'test',
    NWORKERS_WORKER_SLOT: '2',
    NWORKERS_WORKER_GENERATION: '3',
    NWORKERS_WORKER_COUNT: '4',
  })
})

test("keeps the arbiter's business with systemd and with parents from the worker", () => {
  const inherited = { NOTIFY_SOCKET: '/run/x', LISTEN_FDS: '1', LISTEN_PID: '7', NODE_UNIQUE_ID: '1' }
  const environment = workerEnvironment(inherited, {}, place)
  assert.deepEqual(
    Object.keys(environment).filter((name) => name in inherited),
    [],
  )
})
