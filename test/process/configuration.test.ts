import assert from 'node:assert/strict'
import { test } from 'node:test'
import { probeApp, temporaryFolder } from './harness/application.js'
import { identify, request } from './harness/request.js'
import { runServer, startServer } from './harness/server.js'

test('a config file where nworkers is started is served from, below NWORKERS_CMD_ARGS and the command line', async (t) => {
  const config = { app: probeApp, workers: 3, env: { FROM_FILE: 'yes', PLACE: 'file' }, name: 'file' }
  const { folder } = temporaryFolder(t, {
    'nworkers.config.mjs': `console.log('junk'); export default ${JSON.stringify(config)}`,
  })
  const server = await startServer(t, {
    app: null,
    cwd: folder,
    args: ['--log-level', 'debug'],
    env: { NWORKERS_CMD_ARGS: "-w 2 --name 'the args'", WEB_CONCURRENCY: '4' },
  })
  assert.equal(server.workers().length, 2)
  assert.equal((await identify(server)).count, '2')
  assert.equal((await request(server, '/env?name=FROM_FILE')).body, '"yes"')
  assert.match(server.log(), /^junk$/m)
})

test('--print-config says of each value where it came from', async (t) => {
  const { folder, path } = temporaryFolder(t, {
    'nworkers.config.json': '{ "app": "x", "workers": 3, "timeout": 5 }',
  })
  const { code, stdout } = await runServer(t, {
    app: null,
    cwd: folder,
    args: ['--print-config'],
    env: { NWORKERS_CMD_ARGS: '-t 7', NWORKERS_BACKLOG: '9' },
  })
  assert.equal(code, 0)
  const file = path('nworkers.config.json')
  for (const line of [
    `app = x # config file ${file}`,
    `config = ${file} # default`,
    `workers = 3 # config file ${file}`,
    'timeout = 7s # environment NWORKERS_CMD_ARGS',
    'backlog = 9 # environment NWORKERS_BACKLOG',
    'bind = 127.0.0.1:0 # command line',
    'gracefulTimeout = 30s # default',
  ])
    assert.ok(stdout.replace(/ +/g, ' ').split('\n').includes(line), `${line} in\n${stdout}`)
})

const broken: { what: string; source: string; says: RegExp }[] = [
  { what: 'loops for ever', source: 'for (;;);', says: /was not evaluated within 10 s/ },
  { what: 'exits', source: 'process.exit(0)', says: /ended its process \(exit code 0\)/ },
  { what: 'throws', source: 'throw new Error("on purpose")', says: /on purpose/ },
  { what: 'has a wrong key', source: 'export default { wrokers: 1 }', says: /Did you mean workers\?/ },
]

for (const { what, source, says } of broken) {
  test(`a config file that ${what}: exit code 2 and why`, async (t) => {
    const { folder } = temporaryFolder(t, { 'nworkers.config.mjs': source })
    const { code, log } = await runServer(t, { cwd: folder })
    assert.equal(code, 2)
    assert.match(log, says)
    assert.match(log, /nworkers\.config\.mjs/)
    assert.doesNotMatch(log, /Listening at|Booting worker/)
  })
}

test('a wrong NWORKERS_CMD_ARGS: exit code 2 and why', async (t) => {
  for (const [text, says] of [
    ['--wrokers 3', /NWORKERS_CMD_ARGS: Unknown option --wrokers\. Did you mean --workers\?/],
    ['-w many', /--workers in NWORKERS_CMD_ARGS: many/],
    ["--name 'x", /NWORKERS_CMD_ARGS: a quote is not closed/],
    ['--help', /NWORKERS_CMD_ARGS: --help can only be given on the command line/],
  ] as const) {
    const { code, log } = await runServer(t, { env: { NWORKERS_CMD_ARGS: text } })
    assert.equal(code, 2)
    assert.match(log, says)
  }
})
