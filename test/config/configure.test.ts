import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { configure } from '../../src/config/configure.js'
import { describeSource, type Given } from '../../src/settings/resolve.js'

interface Situation {
  files: Record<string, string>
  commandLine?: Given
  commandArguments?: Given
  env?: Record<string, string>
}

function folder(t: TestContext, files: Record<string, string>): string {
  const cwd = mkdtempSync(join(tmpdir(), 'nworkers-config-'))
  t.after(() => rmSync(cwd, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text)
  return cwd
}

async function settle(t: TestContext, { files, commandLine = {}, ...others }: Situation) {
  const cwd = folder(t, files)
  let printed = ''
  const start = { commandLine: { app: ['app'], ...commandLine }, env: {}, cwd, cpus: () => 3, ...others }
  const resolved = await configure(start, {
    onOutput: (chunk) => {
      printed += chunk.toString()
    },
  })
  return { ...resolved, cwd, printed: () => printed }
}

const written: [name: string, text: string][] = [
  ['nworkers.config.json', '{ "$schema": "x", "workers": 7, "bind": [":1", 2] }'],
  ['nworkers.config.js', 'export default { workers: 7, bind: [":1", 2] }'],
  ['nworkers.config.mjs', 'export default { workers: "7", bind: [":1", "2"], timeout: undefined }'],
  ['nworkers.config.mjs', 'export default async () => ({ workers: 7, bind: [":1", 2] })'],
  ['nworkers.config.mjs', 'export default Promise.resolve({ workers: 7, bind: [":1", 2] })'],
  ['nworkers.config.cjs', 'module.exports = { workers: 7, bind: [":1", 2] }'],
  [
    'nworkers.config.cjs',
    'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = { workers: 7, bind: [":1", 2] }',
  ],
  ['nworkers.config.ts', 'const workers: number = 7\nexport default { workers, bind: [":1", 2] as const }'],
  [
    'nworkers.config.mts',
    'interface C { workers: number }\nexport default { workers: 7, bind: [":1", 2] } satisfies C & object',
  ],
]

const json = 'nworkers.config.json'
const code = 'nworkers.config.mjs'

const mistakes: [name: string, text: string, message: RegExp][] = [
  [json, '{ "wrokers": 2 }', /\.json: unknown setting wrokers\. Did you mean workers\?$/],
  [json, '{ "graceful_timeout": 2 }', /unknown setting graceful_timeout\. Did you mean gracefulTimeout\?$/],
  [json, '{ "zzzzzzzz": 2 }', /unknown setting zzzzzzzz\. See docs\/settings\.md/],
  [json, '{ "__proto__": 2 }', /unknown setting __proto__\./],
  [json, '{ "config": "x" }', /config can only be given on the command line/],
  [json, '{ "workers": 0 }', /^Invalid value for workers in \S+\.json: 0\. Expected a whole number/],
  [json, '{ "workers": [2] }', /workers in \S+: \[2\]\. Expected .*, written as a number or a text\.$/],
  [json, '{ "workers": null }', /workers in \S+: null\. Expected/],
  [json, '{ "umask": 27 }', /umask in \S+: 27\. Expected an octal number .*, written as a text\.$/],
  [json, '{ "initgroups": "yes" }', /initgroups in \S+: "yes"\. Expected true or false/],
  [json, '{ "env": ["A=1"] }', /env in \S+: \["A=1"\]\. Expected/],
  [json, '{ "workers": 2 } // why', /JSON has no comments; a config file in \.mjs may\.$/],
  [json, '[]', /does not hold an object/],
  [code, 'export default { wrokers: 2 }', /unknown setting wrokers\. Did you mean workers\?$/],
  [
    code,
    'export default { workers: () => 2 }',
    /workers is a function with 0 parameters\. Expected plain data/,
  ],
  [code, 'export default { workers: Number.NaN }', /workers is the number NaN/],
  [json, '{ "onExit": 3 }', /the hook onExit is 3\. Expected a function\.$/],
  [
    code,
    'export default { onExit: class {} }',
    /the hook onExit is the class onExit\. Expected a function\.$/,
  ],
  [code, 'export default { whenRaedy() {} }', /unknown setting whenRaedy\. Did you mean whenReady\?$/],
  [code, 'export default 3', /its default export is the number 3\./],
  [code, 'export default () => 3', /the function it exports gives the number 3\./],
  [code, 'export const workers = 3', /no default export/],
  [code, 'export default (', /SyntaxError/],
  [code, 'throw new Error("broken on purpose")', /broken on purpose/],
  [code, 'export default async () => { throw new Error("broken on purpose") }', /broken on purpose\n +at /],
  [code, 'import "no-such-package"', /imports the package no-such-package, which is not installed/],
  [code, 'process.exit(0)', /ended its process \(exit code 0\) before it had exported its settings\.$/],
  [code, 'process.kill(process.pid, "SIGKILL")', /ended its process \(signal SIGKILL\)/],
  [code, 'export default new Promise(() => {})', /ended its process \(exit code \d+\)/],
]

describe('configure', { concurrency: 2 }, () => {
  for (const [name, text] of written) {
    test(`${name}: ${text.slice(0, 60)}`, async (t) => {
      const { settings, sources, cwd } = await settle(t, {
        files: { [name]: text, 'package.json': '{ "type": "module" }' },
      })
      assert.equal(settings.workers, 7)
      assert.deepEqual(
        settings.bind.map((address) => address.kind === 'tcp' && address.port),
        [1, 2],
      )
      assert.equal(settings.config, join(cwd, name))
      assert.equal(describeSource(sources.workers), `config file ${join(cwd, name)}`)
      assert.equal(describeSource(sources.timeout), 'default')
    })
  }

  test('the layers: command line, NWORKERS_CMD_ARGS, config file, environment, defaults', async (t) => {
    const config = { workers: 2, timeout: 2, backlog: 2, keepAlive: 2 }
    const { settings, sources, cwd } = await settle(t, {
      files: { 'nworkers.config.json': JSON.stringify(config) },
      commandLine: { workers: ['4'] },
      commandArguments: { workers: ['3'], timeout: ['3'] },
      env: { WEB_CONCURRENCY: '1', NWORKERS_TIMEOUT: '1', NWORKERS_BACKLOG: '1', NWORKERS_PID: 'x.pid' },
    })
    const seen = (['workers', 'timeout', 'backlog', 'pid', 'gracefulTimeout'] as const).map((name) => [
      settings[name],
      describeSource(sources[name]),
    ])
    assert.deepEqual(seen, [
      [4, 'command line'],
      [3000, 'environment NWORKERS_CMD_ARGS'],
      [2, `config file ${join(cwd, 'nworkers.config.json')}`],
      ['x.pid', 'environment NWORKERS_PID'],
      [30_000, 'default'],
    ])
  })

  for (const [what, others] of [
    ['-c', { commandLine: { config: ['other.json'] } }],
    ['-c in NWORKERS_CMD_ARGS', { commandArguments: { config: ['other.json'] } }],
    ['NWORKERS_CONFIG', { env: { NWORKERS_CONFIG: 'other.json' } }],
  ] as const) {
    test(`${what} names another file`, async (t) => {
      const files = { 'nworkers.config.json': '{ "workers": 2 }', 'other.json': '{ "workers": 5 }' }
      const { settings, cwd } = await settle(t, { files, ...others })
      assert.deepEqual([settings.workers, settings.config], [5, join(cwd, 'other.json')])
    })
  }

  test('every form of value', async (t) => {
    const config = {
      workers: 'auto',
      timeout: 0.5,
      gracefulTimeout: '2m',
      maxMemory: '512M',
      maxRequests: 10,
      reloadSurge: '50%',
      initgroups: true,
      umask: '027',
      logLevel: 'debug',
      bind: 'unix:/x',
      env: { A: 'x', B: 1, C: true },
    }
    const { settings } = await settle(t, { files: { 'nworkers.config.json': JSON.stringify(config) } })
    assert.deepEqual(
      { ...settings, ...{ workers: 3, timeout: 500, gracefulTimeout: 120_000, maxMemory: 536_870_912 } },
      settings,
    )
    assert.deepEqual(settings.reloadSurge, { kind: 'percent', percent: 50 })
    assert.deepEqual([settings.initgroups, settings.umask, settings.logLevel], [true, 0o027, 'debug'])
    assert.deepEqual(settings.bind, [{ kind: 'unix', path: '/x' }])
    assert.deepEqual(settings.env, { A: 'x', B: '1', C: 'true' })
  })

  test('what the file prints is passed on and is no answer', async (t) => {
    const text = `console.log('{"type":"evaluated","entries":[]}'); console.error('junk'); process.send('junk')
      process.send({ type: 'other' }); setInterval(() => {}, 1000); export default { workers: 2 }`
    const { settings, printed } = await settle(t, { files: { 'nworkers.config.mjs': text } })
    assert.equal(settings.workers, 2)
    assert.match(printed(), /evaluated.*\n.*junk/)
  })

  test('a stop ends the evaluation', async (t) => {
    const cwd = folder(t, { 'nworkers.config.mjs': 'console.log("begun"); for (;;);' })
    const stop = new AbortController()
    const start = { commandLine: {}, env: {}, cwd }
    const configured = configure(start, { onOutput: () => stop.abort(), stop: stop.signal })
    await assert.rejects(configured, { code: 'NWORKERS_E_CONFIG', message: /nworkers stops/ })
  })

  for (const [name, text, message] of mistakes) {
    test(`${name} ${text.slice(0, 60)}: ${message}`, async (t) => {
      await assert.rejects(settle(t, { files: { [name]: text } }), { exitCode: 2, message })
    })
  }

  test('two config files are refused', async (t) => {
    const files = { 'nworkers.config.json': '{}', 'nworkers.config.mjs': 'export default {}' }
    await assert.rejects(settle(t, { files }), {
      code: 'NWORKERS_E_CONFIG',
      message: /there is .*\.json too\. Remove one, or choose with --config\./,
    })
  })

  for (const [path, message] of [
    ['nowhere.json', /^Invalid value for --config: nowhere\.json\. Expected a file that exists\.$/],
    ['config.yaml', /its name must end in \.ts, \.mts, \.js, \.mjs, \.cjs, \.json\.$/],
  ] as const) {
    test(`-c ${path} is refused`, async (t) => {
      const situation = { files: { 'config.yaml': '' }, commandLine: { config: [path] } }
      await assert.rejects(settle(t, situation), { exitCode: 2, message })
    })
  }

  test('a file whose owner is somebody else runs as its owner', { skip: needsRoot() }, async (t) => {
    const cwd = folder(t, {
      'c.mjs': 'export default { name: [process.getuid(), process.getgid(), process.getgroups()].join(" ") }',
    })
    chmodSync(cwd, 0o755)
    const start = { commandLine: { app: ['app'], config: ['c.mjs'] }, env: {}, cwd }
    const nameNow = async () => (await configure(start, { onOutput() {} })).settings.name
    assert.match(await nameNow(), /^0 0 /)
    chownSync(join(cwd, 'c.mjs'), 65_534, 65_534)
    assert.equal(await nameNow(), '65534 65534 65534')
    chmodSync(join(cwd, 'c.mjs'), 0o666)
    await assert.rejects(nameNow(), { exitCode: 2, message: /everybody may write it/ })
  })
})

function needsRoot(): string | false {
  return process.getuid?.() === 0 ? false : 'needs root'
}
