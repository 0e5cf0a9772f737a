import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { probeApp, temporaryFolder } from './harness/application.js'
import { runServer, type ServerOptions } from './harness/server.js'

const mistakes: { what: string; options: ServerOptions; says: RegExp[] }[] = [
  { what: 'no app', options: { app: null }, says: [/app/i] },
  { what: 'a flag that does not exist', options: { args: ['--wrokers', '2'] }, says: [/wrokers/] },
  { what: 'no workers', options: { args: ['-w', '0'] }, says: [/--workers|-w/, /\b0\b/] },
  {
    what: 'workers in words',
    options: { args: ['--workers', 'many'] },
    says: [/--workers|-w/, /many/, /auto/],
  },
  {
    what: 'a duration in words',
    options: { args: ['-t', 'soon'] },
    says: [/--timeout|-t/, /soon/, /500ms|2m/],
  },
  {
    what: 'a bind without a port',
    options: { args: ['-b', 'localhost:http'] },
    says: [/--bind|-b/, /localhost:http/],
  },
  {
    what: 'a port that is too high',
    options: { args: ['-b', '127.0.0.1:65536'] },
    says: [/--bind|-b/, /65536/],
  },
  { what: '-e without a value', options: { args: ['-e', 'NOTHING'] }, says: [/--env|-e/, /NOTHING/] },
  {
    what: 'an unknown log level',
    options: { args: ['--log-level', 'loud'] },
    says: [/log-level/, /loud/, /warning/],
  },
  {
    what: 'a wrong variable',
    options: { env: { NWORKERS_TIMEOUT: 'soon' } },
    says: [/NWORKERS_TIMEOUT/, /soon/],
  },
  {
    what: 'a wrong WEB_CONCURRENCY',
    options: { env: { WEB_CONCURRENCY: 'lots' } },
    says: [/WEB_CONCURRENCY/, /lots/],
  },
  { what: '--daemon', options: { args: ['-D'] }, says: [/-D\b/, /systemd|container/] },
  { what: '--preload', options: { args: ['--preload'] }, says: [/preload/] },
  { what: '--threads', options: { args: ['--threads', '4'] }, says: [/threads/] },
  { what: '-k', options: { args: ['-k', 'gevent'] }, says: [/-k|worker-class/] },
]

for (const { what, options, says } of mistakes) {
  test(`${what}: exit code 2 and a sentence, no stack`, async (t) => {
    const { code, log, stdout } = await runServer(t, options)
    assert.equal(code, 2)
    for (const pattern of says) assert.match(log, pattern)
    assert.doesNotMatch(log, /^\s+at /m)
    assert.equal(stdout, '')
  })
}

test('--version and --help say it on stdout, with exit code 0', async (t) => {
  const version = await runServer(t, { app: null, args: ['--version'] })
  assert.deepEqual([version.code, version.log], [0, ''])
  assert.match(version.stdout, /^(nworkers )?\d+\.\d+\.\d+\n$/)
  const help = await runServer(t, { app: null, args: ['--help'] })
  assert.deepEqual([help.code, help.log], [0, ''])
  for (const flag of ['--workers', '--bind', '--graceful-timeout', '--check-config'])
    assert.ok(help.stdout.includes(flag))
})

test('--print-config tells what holds, and starts nothing', async (t) => {
  const { code, log, stdout } = await runServer(t, {
    args: ['--print-config', '-w', '3', '-t', '500ms'],
    env: { NWORKERS_KEEP_ALIVE: '2m' },
  })
  assert.equal(code, 0)
  assert.match(stdout, /workers\W+3\b/)
  assert.doesNotMatch(log + stdout, /Booting worker|Listening at/)
})

const checked = [
  {
    what: 'a handler',
    source: 'export const app = (request, response) => response.end()',
    app: 'app:app',
    code: 0,
    says: /handler/,
  },
  {
    what: 'a server',
    source: 'import http from "node:http"\nexport const server = http.createServer()',
    app: 'app',
    code: 0,
    says: /http\.Server/,
  },
  {
    what: 'an app that throws',
    source: 'throw new Error("broken on purpose")',
    app: 'app',
    code: 3,
    says: /broken on purpose/,
  },
  {
    what: 'an export that is missing',
    source: 'export const app = () => {}',
    app: 'app:ap',
    code: 4,
    says: /\bap\b/,
  },
  { what: 'a module that is missing', source: '', app: 'nothing', code: 4, says: /nothing/ },
] as const

for (const { what, source, app, code, says } of checked) {
  test(`--check-config with ${what}: exit code ${code}`, async (t) => {
    const { folder } = temporaryFolder(t, { 'app.mjs': source })
    const end = await runServer(t, { app, args: ['--check-config', '--chdir', folder] })
    assert.equal(end.code, code)
    assert.match(end.log + end.stdout, says)
    assert.doesNotMatch(end.log, /Listening at|Booting worker/)
  })
}

test('--check-config binds nothing: it works beside the running server', async (t) => {
  const holder = net.createServer().listen(0, '127.0.0.1')
  t.after(() => holder.close())
  await once(holder, 'listening')
  const { port } = holder.address() as net.AddressInfo
  const { code } = await runServer(t, { app: probeApp, args: ['--check-config', '-b', `127.0.0.1:${port}`] })
  assert.equal(code, 0)
})
