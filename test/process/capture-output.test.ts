import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { poll } from './harness/poll.js'
import { request } from './harness/request.js'
import { runServer, startServer } from './harness/server.js'

test('--capture-output: the slot is before each line of stdout and stderr', async (t) => {
  const server = await startServer(t, { args: ['-w', '2', '--capture-output'] })
  await poll(
    async () => {
      const { pid } = await request(server, '/stdout?text=one%0Atwo%0A')
      return pid && /^\[slot 0\] one\n/m.test(server.stdout()) && /^\[slot 1\] two\n/m.test(server.stdout())
    },
    { what: 'both workers have said something' },
  )
  await request(server, '/stderr?text=wrong%0A')
  await server.waitForLog(/^\[slot [01]\] wrong$/m)
  assert.match(server.stdout(), /^(\[slot [01]\] (one|two)\n)+$/)
})

test('--capture-output with --log-format json: a line is an object that tells the slot', async (t) => {
  const server = await startServer(t, { args: ['--capture-output', '--log-format', 'json'] })
  await request(server, '/stdout?text=plain%0A%7B%22own%22:1%7D%0A')
  await poll(() => server.stdout().split('\n').length > 2, { what: 'both lines have come' })
  const [plain, own] = server
    .stdout()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual({ ...plain, time: '' }, { slot: 0, time: '', stream: 'stdout', message: 'plain' })
  assert.deepEqual(own, { slot: 0, own: 1 })
})

test('--capture-output: 20 000 lines and then process.exit(1): none is lost, also without a last line end', async (t) => {
  const lines = 20_000
  const { path } = temporaryFolder(t, {
    'app.mjs': `for (let line = 0; line < ${lines}; line++) console.log('line', line, '${'.'.repeat(60)}')
      process.stdout.write('the end')
      process.exit(1)`,
  })
  const { code, stdout } = await runServer(t, { app: path('app.mjs'), args: ['--capture-output'] })
  assert.equal(code, 3)
  const said = stdout.trimEnd().split('\n')
  assert.equal(said.length, lines + 1)
  assert.equal(said.at(-1), '[slot 0] the end')
})

test('--capture-output: the access log does not go through the arbiter, and comes on stdout as it is', async (t) => {
  const server = await startServer(t, {
    args: ['--capture-output', '--access-logfile', '-', '--access-logformat', '%(U)s %(s)s'],
  })
  await request(server)
  await poll(() => server.stdout() === '/ 200\n', { what: 'the line is there, without a slot' })
})
