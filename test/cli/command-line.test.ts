import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CommandLine, parseCommandLine } from '../../src/cli/command-line.js'

const app = ['app']

const right: [words: string[], expected: Partial<CommandLine>][] = [
  [['app'], { action: 'serve', given: { app } }],
  [[], { action: 'serve', given: {} }],
  [['-w', '4', 'app'], { given: { app, workers: ['4'] } }],
  [['-w4', 'app'], { given: { app, workers: ['4'] } }],
  [['-wauto', 'app'], { given: { app, workers: ['auto'] } }],
  [['-w=4', 'app'], { given: { app, workers: ['4'] } }],
  [['--workers=4', 'app'], { given: { app, workers: ['4'] } }],
  [['--workers', '4', 'app'], { given: { app, workers: ['4'] } }],
  [['app', '-w', '4'], { given: { app, workers: ['4'] } }],
  [['-w', '1', '-w', '2', 'app'], { given: { app, workers: ['1', '2'] } }],
  [['-b', ':1', 'app', '--bind', ':2', '-b:3'], { given: { app, bind: [':1', ':2', ':3'] } }],
  [['-b127.0.0.1:80', 'app'], { given: { app, bind: ['127.0.0.1:80'] } }],
  [['-e', 'A=1', 'app'], { given: { app, env: ['A=1'] } }],
  [['-eA=1', '--env=B=x=y', '-e=C=', 'app'], { given: { app, env: ['A=1', 'B=x=y', 'C='] } }],
  [['-e', 'A="q u"', 'app'], { given: { app, env: ['A="q u"'] } }],
  [['--name="shop"', 'app'], { given: { app, name: ['"shop"'] } }],
  [['--name', '007', 'app'], { given: { app, name: ['007'] } }],
  [['--name', '1e3', 'app'], { given: { app, name: ['1e3'] } }],
  [['--name', 'true', 'app'], { given: { app, name: ['true'] } }],
  [['--name=-x', 'app'], { given: { app, name: ['-x'] } }],
  [['--name=--workers=3', 'app'], { given: { app, name: ['--workers=3'] } }],
  [['--name=a\nb', 'app'], { given: { app, name: ['a\nb'] } }],
  [['--name=', 'app'], { given: { app, name: [''] } }],
  [['-n=', 'app'], { given: { app, name: [''] } }],
  [['--log-level', 'debug', '--pid', 'x', 'app'], { given: { app, logLevel: ['debug'], pid: ['x'] } }],
  [['007'], { given: { app: ['007'] } }],
  [['1e3'], { given: { app: ['1e3'] } }],
  [['0x10', '-w4'], { given: { app: ['0x10'], workers: ['4'] } }],
  [['app:create({"a":1})'], { given: { app: ['app:create({"a":1})'] } }],
  [['./map'], { given: { app: ['./map'] } }],
  [['map:app'], { given: { app: ['map:app'] } }],
  [['--', 'app'], { given: { app } }],
  [['-w', '2', '--', '-odd'], { given: { app: ['-odd'], workers: ['2'] } }],
  [['--', '--workers'], { given: { app: ['--workers'] } }],
  [['--check-config', 'app'], { action: 'check-config', given: { app } }],
  [['--check-config', 'true'], { action: 'check-config', given: { app: ['true'] } }],
  [['app', '--print-config'], { action: 'print-config', given: { app } }],
  [['-h'], { action: 'help' }],
  [['-v'], { action: 'version' }],
  [['--help', '--version', 'app'], { action: 'help' }],
]

for (const [words, expected] of right) {
  test(`${words.join(' ')}`, () => {
    const commandLine = parseCommandLine(words)
    assert.deepEqual({ ...commandLine, ...expected }, commandLine)
  })
}

const wrong: [words: string[], message: RegExp][] = [
  [['--wrokers', '4', 'app'], /^Unknown option --wrokers\. Did you mean --workers\?$/],
  [['--wrokers=4', 'app'], /^Unknown option --wrokers\. Did you mean --workers\?$/],
  [
    ['--gracefulTimeout', '4', 'app'],
    /^Unknown option --gracefulTimeout\. Did you mean --graceful-timeout\?$/,
  ],
  [['--no-bind', 'app'], /^Unknown option --no-bind\. /],
  [['-x', 'app'], /^Unknown option -x\. See "nworkers --help" for what there is\.$/],
  [['-9', 'app'], /^Unknown option -9\. /],
  [['---', 'app'], /^Unknown option ---\. /],
  [['--=3', 'app'], /^Unknown option --=3\. /],
  [['--_=app'], /^Unknown option --_\. /],
  [['--$0=app'], /^Unknown option --\$0\. /],
  [['--__proto__=1', 'app'], /^Unknown option --__proto__\. /],
  [['--constructor', 'app'], /^Unknown option --constructor\. /],
  [['--workers.x=1', 'app'], /^Unknown option --workers\.x\. Did you mean --workers\?$/],
  [['--app', 'app'], /^Unknown option --app\. /],
  [['--a\nb', 'app'], /^Unknown option "--a\\nb"\. /],
  [['-w'], /^--workers needs a value, as in --workers=VALUE; /],
  [['app', '-w'], /^--workers needs a value/],
  [['-w', '--bind', ':1', 'app'], /^--workers needs a value/],
  [['-w', '--', 'app'], /^--workers needs a value/],
  [['-t', '-5', 'app'], /^Unknown option -5\. |^--timeout needs a value/],
  [['-e', '-n', 'x', 'app'], /^--env needs a value/],
  [['--check-config=no', 'app'], /^--check-config takes no value, but no was given\.$/],
  [['--help='], /^--help takes no value, but "" was given\.$/],
  [['-vh'], /^--version takes no value, but h was given\.$/],
  [['app', 'other'], /^Only one APP can be served, but 2 were given: app, other\.$/],
  [['-w', '4', '5', 'app'], /^Only one APP can be served, but 2 were given: 5, app\.$/],
  [['app', '--', 'other'], /^Only one APP can be served, but 2 were given: app, other\.$/],
  [['app', 'init'], /^Only one APP/],
  [['-w', '2', 'init', 'systemd'], /^The command init comes first, .*write \.\/init /],
  [['check', 'app'], /^The command check comes first, .*write \.\/check /],
  [['-D', 'app'], /^-D is not supported: .*systemd or a container/],
  [['--daemon', 'app'], /^--daemon is not supported: .*systemd or a container/],
  [['--preload', 'app'], /^--preload is not supported: Node cannot fork a live heap/],
  [['--threads', '4', 'app'], /^--threads is not supported: .*UV_THREADPOOL_SIZE/],
  [['--threads=4', 'app'], /^--threads is not supported: .*UV_THREADPOOL_SIZE/],
  [['-k', 'gevent', 'app'], /^-k is not supported: There is one class of workers/],
  [['-kgevent', 'app'], /^-k is not supported: There is one class of workers/],
  [['--worker-class=gevent', 'app'], /^--worker-class is not supported: There is one class/],
  [['--reuse-port', 'app'], /^--reuse-port is not supported: .*Leave this option out/],
]

for (const [words, message] of wrong) {
  test(`${words.join(' ')} is a mistake`, () => {
    assert.throws(() => parseCommandLine(words), { code: 'NWORKERS_E_USAGE', exitCode: 2, message })
  })
}
