import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { probeSource, temporaryFolder } from './harness/application.js'
import { type Connection, connect, getRequest } from './harness/connection.js'
import { assertNoneFailed, startLoad } from './harness/load.js'
import { poll } from './harness/poll.js'
import { request } from './harness/request.js'
import { startServer } from './harness/server.js'
import { findCommand } from './harness/unprivileged.js'

const prlimit = findCommand('prlimit')
const skip = prlimit ? false : 'there is no prlimit'
const prefix = [prlimit ?? 'prlimit', '--nofile=100:100']

/** The processor time of a process so far, in ticks of 10 ms; see proc_pid_stat(5). */
function processorTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}

function openSockets(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

test('200 connections for 2 workers of 100 descriptors each: none is reset, what does not fit waits and is served; with EMFILE 78 were reset, with maxConnections 155', {
  skip,
}, async (t) => {
  const server = await startServer(t, { args: ['-w', '2'], prefix })
  const connections: Connection[] = []
  for (let count = 0; count < 200; count++) {
    const connection = await connect(t, server)
    connection.send(getRequest('/'))
    connections.push(connection)
  }
  const answered = () => connections.filter((connection) => connection.received().includes('HTTP/1.1 200'))
  await poll(() => answered().length >= 60, { what: 'the workers have taken what they have room for' })
  const first = answered().length
  assert.ok(first < 200, `all ${first} were taken at once, so the limit was not met`)
  for (const { pid } of server.workers()) assert.ok(openSockets(pid) < 100)

  // Each client that has its answer goes, and makes room for another.
  const served = new Set<number>()
  await poll(
    () => {
      for (const [index, connection] of connections.entries()) {
        if (served.has(index) || !connection.received().includes('HTTP/1.1 200')) continue
        served.add(index)
        connection.send(getRequest('/', 'Connection: close\r\n'))
      }
      return served.size === 200
    },
    { what: 'all 200 are served', deadline: 30_000 },
  )
  for (const connection of connections) assert.equal(await connection.closed, 'end')
  assert.doesNotMatch(server.log(), /EMFILE|exited/)
  assert.equal((await request(server)).status, 200)
})

/** A module that serves the probe; `/leak` opens descriptors until so many are open beside those of connections. */
function leakingApp(most: number): string {
  return `import { openSync, readdirSync } from 'node:fs'
    ${probeSource('leaking').replace('export const app', 'const other')}
    export const app = (request, response) => {
      if (request.url !== '/leak') return other(request, response)
      const { server } = request.socket
      // The folder is open itself while it is read.
      const open = () => readdirSync('/proc/self/fd').length - 1 - server._connections
      try {
        while (open() < ${most}) openSync('/dev/null')
      } catch {}
      response.setHeader('x-pid', process.pid).end()
    }`
}

const leaks = [
  { what: 'nearly all', most: 95, mayReset: false },
  // What is accepted between two looks of the worker at itself can't be served.
  { what: 'all', most: 1_000, mayReset: true },
]

for (const { what, most, mayReset } of leaks) {
  test(`an app that leaks ${what} descriptors: its worker says so and is replaced, the service goes on, the arbiter does not spin; an asgi worker of gunicorn wrote 2988 lines in 12 s (E19)`, {
    skip,
  }, async (t) => {
    const { path } = temporaryFolder(t, { 'app.mjs': leakingApp(most) })
    const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '2'], prefix })
    const load = startLoad(t, server, { keepAlive: 1, fresh: 1 })
    const began = performance.now()
    const ticks = processorTicks(server.pid)
    const { pid } = await request(server, '/leak')
    await server.waitForLog(
      /Nearly all of the 100 file descriptors are open, so the worker ends.*LimitNOFILE=/,
    )
    await server.waitForLog(new RegExp(`Worker ${pid} \\(slot \\d\\) exited: crash`))
    await poll(() => server.workers().length === 2, { what: 'the slot is served again' })
    await load.answers(20)
    const share = ((processorTicks(server.pid) - ticks) * 10) / (performance.now() - began)
    const tally = await load.stop()
    if (mayReset)
      for (const { kind } of tally.failures) assert.match(kind, /^(ECONNRESET|EPIPE) on a new socket/)
    else assertNoneFailed(tally)
    assert.ok(share < 0.5, `the arbiter used ${share.toFixed(2)} of a processor`)
    assert.ok(server.lines().length < 100, `${server.lines().length} lines of log`)
  })
}
