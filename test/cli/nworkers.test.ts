import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { options } from '../../src/cli/option.js'

const root = new URL('../../../', import.meta.url)
const bin = (name: string) => fileURLToPath(new URL(`bin/${name}.js`, root))

interface Outcome {
  code: number | string | null | undefined
  stdout: string
  stderr: string
}

/** Runs a command of this package as a process with an environment of its own. */
function run(words: string[], env: Record<string, string> = {}, command = 'nworkers'): Promise<Outcome> {
  return new Promise((resolve) => {
    const limits = {
      env: { PATH: process.env.PATH ?? '', ...env },
      cwd: fileURLToPath(root),
      timeout: 30_000,
    }
    execFile(process.execPath, [bin(command), ...words], limits, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr })
    })
  })
}

const printed: [words: string[], env: Record<string, string>, line: RegExp][] = [
  [[], {}, /^workers +=\s1 +# default$/m],
  [['-w', '2'], { WEB_CONCURRENCY: '3' }, /^workers += 2 +# command line$/m],
  [[], { WEB_CONCURRENCY: '3' }, /^workers += 3 +# environment WEB_CONCURRENCY$/m],
  [[], { PORT: '3000' }, /^bind += 0\.0\.0\.0:3000 +# environment PORT$/m],
  [['-b:1', '-b', '[::1]:2'], {}, /^bind += 0\.0\.0\.0:1, \[::1\]:2 +# command line$/m],
  [['-w', 'auto'], {}, /^workers += [1-9]\d* +# command line$/m],
  [['-e', 'A=1', '-eB=2'], {}, /^env += A=1, B=2 +# command line$/m],
  [['-n', 'a\nb'], {}, /^name += "a\\nb" +# command line$/m],
  [[], { NWORKERS_KEEP_ALIVE: '500ms' }, /^keepAlive += 500ms +# environment NWORKERS_KEEP_ALIVE$/m],
  [[], { NWORKERS_PID: '' }, /^pid += +# default$/m],
]

const refused: [words: string[], env: Record<string, string>, stderr: string][] = [
  [['-w', 'x', 'app'], {}, 'Invalid value for --workers: x. Expected a whole number of at least 1, or auto.'],
  [['app'], { PORT: '70000' }, 'Invalid value for PORT: 70000. Expected a port from 0 to 65535.'],
  [
    ['--chdir', 'no/where', 'app'],
    {},
    'Invalid value for --chdir: no/where. Expected a directory that exists.',
  ],
  [
    ['-b', 'localhost', 'app'],
    {},
    'Invalid value for --bind: localhost. Expected HOST:PORT, :PORT, PORT, [IPV6]:PORT, unix:PATH or fd://NAME, with a port from 0 to 65535.',
  ],
  [['--bnid', ':1', 'app'], {}, 'Unknown option --bnid. Did you mean --bind?'],
  [
    [],
    {},
    'No APP is given. Say which app to serve, as in "nworkers -w 4 app:handler"; "nworkers --help" shows the options.',
  ],
]

describe('the nworkers command', { concurrency: 2 }, () => {
  for (const [words, env, line] of printed) {
    test(`--print-config ${words.join(' ')} ${JSON.stringify(env)}`, async () => {
      const { code, stdout, stderr } = await run(['--print-config', ...words, 'no/such/app'], env)
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      assert.match(stdout, line)
    })
  }

  for (const [words, env, message] of refused) {
    test(`${words.join(' ')} ${JSON.stringify(env)} is refused`, async () => {
      const stderr = `nworkers: error: ${message}\n`
      assert.deepEqual(await run(['--print-config', ...words], env), { code: 2, stdout: '', stderr })
      assert.deepEqual(await run(words, env), { code: 2, stdout: '', stderr })
    })
  }

  test('--version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
    assert.deepEqual(await run(['--version']), { code: 0, stdout: `nworkers ${version}\n`, stderr: '' })
  })

  test('--help names every option once, in English, within 80 columns', async () => {
    const { code, stdout, stderr } = await run(['--help'], { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' })
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    for (const { flag, alias } of options) {
      const names = alias === undefined ? ` +--${flag}` : ` +-${alias}, --${flag}`
      assert.equal(stdout.match(new RegExp(`^${names}  `, 'gm'))?.length, 1, `${flag} in\n${stdout}`)
    }
    assert.match(stdout, /^Examples:$/m)
    assert.match(stdout, /default:\s+the\s+app/)
    assert.ok(stdout.split('\n').every((line) => line.length <= 80))
  })

  test('help to a reader that has gone ends without a stack', async () => {
    const script = `'${process.execPath}' '${bin('nworkers')}' --help | true`
    const stderr = await new Promise((resolve) => {
      execFile('sh', ['-c', script], { timeout: 30_000 }, (_, __, text) => resolve(text))
    })
    assert.equal(stderr, '')
  })

  test('nworkersctl says that there is no arbiter to ask', async () => {
    const { code, stderr } = await run(['status'], {}, 'nworkersctl')
    assert.equal(code, 3)
    assert.match(stderr, /^nworkersctl: error: [^\n]+\n$/)
  })
})
