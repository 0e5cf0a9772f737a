import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type AccessFormat, combinedFormat, parseAccessFormat } from '../../src/settings/access-format.js'
import { describeSource, type Given, resolveSettings } from '../../src/settings/resolve.js'
import type { Settings } from '../../src/settings/settings.js'

const cwd = mkdtempSync(join(tmpdir(), 'nworkers-resolve-'))
after(() => rmSync(cwd, { recursive: true }))

const resolve = (commandLine: Given, env: Record<string, string> = {}) =>
  resolveSettings({ commandLine: { app: ['app'], ...commandLine }, env, cwd, cpus: () => 3 })

test('without anything but an app all settings have their defaults', () => {
  const { settings, sources } = resolve({})
  assert.deepEqual(settings, {
    app: 'app',
    config: undefined,
    chdir: cwd,
    env: {},
    workers: 1,
    minWorkers: 1,
    maxWorkers: undefined,
    scaleDownAfter: 60_000,
    timeout: 30_000,
    gracefulTimeout: 30_000,
    hookTimeout: 5_000,
    bootTimeout: 60_000,
    shutdownDelay: 0,
    reloadSurge: { kind: 'percent', percent: 10 },
    reload: false,
    reloadExtraFile: [],
    maxRequests: 0,
    maxRequestsJitter: 0,
    maxMemory: 0,
    maxLifetime: 0,
    bind: [{ kind: 'tcp', host: '127.0.0.1', port: 8000 }],
    backlog: 2048,
    require: [],
    import: [],
    nodeOption: [],
    privatePort: [],
    waitReady: false,
    keepAlive: undefined,
    maxRequestsPerConnection: undefined,
    maxConnections: 0,
    headersTimeout: undefined,
    requestTimeout: undefined,
    maxHeaderSize: undefined,
    maxHeaders: undefined,
    proxyProtocol: false,
    proxyAllowFrom: ['127.0.0.1', '::1'],
    forwardedAllowIps: ['127.0.0.1', '::1'],
    rebalanceAfter: 5,
    drainLinger: 5000,
    requestDeadline: 0,
    certfile: undefined,
    keyfile: undefined,
    caCerts: undefined,
    certReqs: 'none',
    ciphers: undefined,
    http2: false,
    pid: undefined,
    user: undefined,
    group: undefined,
    initgroups: false,
    umask: undefined,
    name: 'app',
    logLevel: 'info',
    logFormat: 'text',
    errorLogfile: '-',
    captureOutput: false,
    controlSocket: undefined,
    admin: undefined,
    readyMin: 1,
    accessLogfile: undefined,
    accessLogformat: parseAccessFormat(combinedFormat) as AccessFormat,
  } satisfies Settings)
  const { app, ...others } = sources
  assert.deepEqual(app, { from: 'command line' })
  assert.ok(Object.values(others).every(({ from }) => from === 'default'))
})

interface Case {
  given?: Given
  env?: Record<string, string>
  expected: Partial<Settings>
  source: string
}

const port = (host: string, number: number) => [{ kind: 'tcp' as const, host, port: number }]

const precedence: Case[] = [
  { env: { WEB_CONCURRENCY: '3' }, expected: { workers: 3 }, source: 'environment WEB_CONCURRENCY' },
  { env: { WEB_CONCURRENCY: 'auto' }, expected: { workers: 3 }, source: 'environment WEB_CONCURRENCY' },
  { env: { WEB_CONCURRENCY: '' }, expected: { workers: 1 }, source: 'default' },
  { env: { NWORKERS_WORKERS: '4' }, expected: { workers: 4 }, source: 'environment NWORKERS_WORKERS' },
  {
    env: { NWORKERS_WORKERS: '4', WEB_CONCURRENCY: '3' },
    expected: { workers: 4 },
    source: 'environment NWORKERS_WORKERS',
  },
  {
    env: { NWORKERS_WORKERS: '', WEB_CONCURRENCY: '3' },
    expected: { workers: 3 },
    source: 'environment WEB_CONCURRENCY',
  },
  {
    given: { workers: ['5'] },
    env: { NWORKERS_WORKERS: '4' },
    expected: { workers: 5 },
    source: 'command line',
  },
  {
    given: { workers: ['5'] },
    env: { WEB_CONCURRENCY: 'x' },
    expected: { workers: 5 },
    source: 'command line',
  },
  { given: { workers: ['5', '6'] }, expected: { workers: 6 }, source: 'command line' },
  { env: { PORT: '3000' }, expected: { bind: port('0.0.0.0', 3000) }, source: 'environment PORT' },
  {
    env: { PORT: '3000', NWORKERS_BIND: '4000' },
    expected: { bind: port('127.0.0.1', 4000) },
    source: 'environment NWORKERS_BIND',
  },
  {
    given: { bind: [':1', ':2'] },
    env: { PORT: '3000' },
    expected: { bind: [...port('0.0.0.0', 1), ...port('0.0.0.0', 2)] },
    source: 'command line',
  },
  {
    env: { NWORKERS_BIND: ':1,unix:a' },
    expected: { bind: [...port('0.0.0.0', 1), { kind: 'unix', path: 'a' }] },
    source: 'environment NWORKERS_BIND',
  },
  {
    env: { NWORKERS_ENV: 'A=1,B=2' },
    expected: { env: { A: '1', B: '2' } },
    source: 'environment NWORKERS_ENV',
  },
  { given: { env: ['A=1,2'] }, expected: { env: { A: '1,2' } }, source: 'command line' },
  { env: { NWORKERS_CHDIR: '/' }, expected: { chdir: '/' }, source: 'environment NWORKERS_CHDIR' },
  { env: { NWORKERS_TIMEOUT: '0' }, expected: { timeout: 0 }, source: 'environment NWORKERS_TIMEOUT' },
  {
    env: { NWORKERS_GRACEFUL_TIMEOUT: '1m' },
    expected: { gracefulTimeout: 60_000 },
    source: 'environment NWORKERS_GRACEFUL_TIMEOUT',
  },
  {
    env: { NWORKERS_BOOT_TIMEOUT: '5' },
    expected: { bootTimeout: 5000 },
    source: 'environment NWORKERS_BOOT_TIMEOUT',
  },
  { env: { NWORKERS_BACKLOG: '9' }, expected: { backlog: 9 }, source: 'environment NWORKERS_BACKLOG' },
  {
    env: { NWORKERS_KEEP_ALIVE: '2' },
    expected: { keepAlive: 2000 },
    source: 'environment NWORKERS_KEEP_ALIVE',
  },
  {
    env: { NWORKERS_DRAIN_LINGER: '1ms' },
    expected: { drainLinger: 1 },
    source: 'environment NWORKERS_DRAIN_LINGER',
  },
  { env: { NWORKERS_PID: 'x.pid' }, expected: { pid: 'x.pid' }, source: 'environment NWORKERS_PID' },
  { env: { NWORKERS_NAME: 'shop' }, expected: { name: 'shop' }, source: 'environment NWORKERS_NAME' },
  {
    env: { NWORKERS_LOG_LEVEL: 'debug' },
    expected: { logLevel: 'debug' },
    source: 'environment NWORKERS_LOG_LEVEL',
  },
  { given: { app: ['a:b'] }, env: { NWORKERS_APP: 'c' }, expected: { app: 'a:b' }, source: 'command line' },
]

for (const { given = {}, env = {}, expected, source } of precedence) {
  test(`${JSON.stringify({ given, env })} gives ${JSON.stringify(expected)}`, () => {
    const { settings, sources } = resolve(given, env)
    for (const name of Object.keys(expected) as (keyof Settings)[]) {
      assert.deepEqual(settings[name], expected[name])
      assert.equal(describeSource(sources[name]), source)
    }
  })
}

test('the app may come from the environment, and the name follows it', () => {
  const { settings, sources } = resolveSettings({ commandLine: {}, env: { NWORKERS_APP: 'shop:app' }, cwd })
  assert.equal(settings.app, 'shop:app')
  assert.equal(settings.name, 'shop:app')
  assert.deepEqual(sources.name, { from: 'default' })
})

test('the variables that describe a worker are no settings', () => {
  const env = { NWORKERS_WORKER_SLOT: '7', NWORKERS_WORKER_GENERATION: '7', NWORKERS_WORKER_COUNT: '7' }
  assert.deepEqual(resolve({}, env), resolve({}))
})

const mistakes: [given: Given, env: Record<string, string>, message: string][] = [
  [
    { workers: ['many'] },
    {},
    'Invalid value for --workers: many. Expected a whole number of at least 1, or auto.',
  ],
  [
    {},
    { WEB_CONCURRENCY: '0' },
    'Invalid value for WEB_CONCURRENCY: 0. Expected a whole number of at least 1, or auto.',
  ],
  [{}, { PORT: 'http' }, 'Invalid value for PORT: http. Expected a port from 0 to 65535.'],
  [
    {},
    { NWORKERS_TIMEOUT: 'soon' },
    'Invalid value for NWORKERS_TIMEOUT: soon. Expected a duration of at most 24 days such as 30 (seconds), 500ms, 2m or 1h.',
  ],
  [{ chdir: ['nowhere'] }, {}, 'Invalid value for --chdir: nowhere. Expected a directory that exists.'],
  [{ env: ['A=1', 'B'] }, {}, 'Invalid value for --env: B. Expected KEY=VALUE.'],
  [{ name: [''] }, {}, 'Invalid value for --name: "". Expected a text that is not empty.'],
  [{ app: [''] }, {}, 'Invalid value for APP: "". Expected a text that is not empty.'],
  [
    { logLevel: ['loud'] },
    {},
    'Invalid value for --log-level: loud. Expected one of debug, info, warning, error, critical.',
  ],
]

for (const [given, env, message] of mistakes) {
  test(message, () => {
    assert.throws(() => resolve(given, env), { code: 'NWORKERS_E_SETTING', exitCode: 2, message })
  })
}

test('an app must be given', () => {
  assert.throws(() => resolveSettings({ commandLine: {}, env: {}, cwd }), {
    code: 'NWORKERS_E_USAGE',
    exitCode: 2,
    message: /^No APP is given\./,
  })
})
