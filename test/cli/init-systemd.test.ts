import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { exampleUnit } from '../../src/systemd/example-unit.js'
import { execLine } from '../../src/systemd/exec-line.js'

const root = fileURLToPath(new URL('../../../', import.meta.url))

function init(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const command = [path.join(root, 'bin/nworkers.js'), 'init', ...words]
  return spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8', env: { PORT: '1' } })
}

/** The lines of a printed unit that are neither comments nor empty. */
function lines(...words: string[]): string[] {
  const { stdout, stderr, status } = init('systemd', ...words)
  assert.equal(status, 0, stderr)
  return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

function has(printed: string[], ...wanted: string[]): void {
  for (const line of wanted) assert.ok(printed.includes(line), `${line} in\n${printed.join('\n')}`)
}

const start = (words: string) => `ExecStart=${process.execPath} ${root}bin/nworkers.js ${words}`

test('the unit runs what was given, and the environment of the shell is not in it', () => {
  const printed = lines('-w', 'auto', '-b', ':8080', '-t2m', 'src/server.ts:app')
  has(
    printed,
    start(
      '--workers=auto --timeout=2m --bind=:8080 --control-socket=/run/server/control.sock src/server.ts:app',
    ),
  )
  has(printed, 'Type=notify', 'KillMode=mixed', `WorkingDirectory=${root.slice(0, -1)}`)
  has(printed, 'RestartPreventExitStatus=2 4', 'RuntimeDirectory=server', 'DynamicUser=yes', 'WatchdogSec=30')
})

test('user and group become those of the unit, the name names it', () => {
  const printed = lines(
    '-u',
    'www-data',
    '-g',
    'web',
    '--initgroups',
    '-n',
    'my shop',
    '--chdir',
    '/usr',
    'app',
  )
  has(printed, 'User=www-data', 'Group=web', 'WorkingDirectory=/usr', 'RuntimeDirectory=my-shop')
  has(printed, start('"--name=my shop" --control-socket=/run/my-shop/control.sock app'))
  assert.ok(!printed.includes('DynamicUser=yes'))
})

const stops: [words: string[], stop: string, start: string][] = [
  [[], '40', '130'],
  [['--graceful-timeout', '2m', '--shutdown-delay', '1500ms'], '132', '130'],
  [['--boot-timeout', '0'], '40', 'infinity'],
  [['--boot-timeout', '5m'], '40', '610'],
]
for (const [words, stop, begin] of stops) {
  test(`time-outs of the unit for ${words.join(' ') || 'the defaults'}: ${stop} and ${begin}`, () => {
    has(lines(...words, 'app'), `TimeoutStopSec=${stop}`, `TimeoutStartSec=${begin}`)
  })
}

test('a reload goes by the control socket, which lies in the folder of the service or where the user has it', () => {
  const reload = (socket: string) =>
    `ExecReload=${process.execPath} ${root}bin/nworkersctl.js -s ${socket} reload --wait`
  has(lines('-n', 'shop', 'app'), reload('/run/shop/control.sock'))
  const elsewhere = lines('--control-socket', '/run/shared/c.sock', 'app')
  has(elsewhere, reload('/run/shared/c.sock'), start('--control-socket=/run/shared/c.sock app'))
  has(elsewhere, 'ReadWritePaths="-/run/shared"')
})

test('a low port, a path elsewhere and a program in a home are allowed for', () => {
  has(lines('-b', ':80', 'app'), 'AmbientCapabilities=CAP_NET_BIND_SERVICE')
  has(lines('app'), 'CapabilityBoundingSet=', 'ProtectHome=yes')
  has(lines('-b', 'unix:/run/shared/a.sock', '-p', '/run/app/pid', 'app'), 'ReadWritePaths="-/run/shared"')
  has(lines('--chdir', '/usr', '--error-logfile', 'log/error', 'app'), 'ReadWritePaths="-/usr/log"')
  has(lines('--chdir', '/root', 'app'), 'ProtectHome=read-only')
})

test('behind a socket unit the service binds nothing; the addresses are in the socket unit', () => {
  const address = ['-b', ':80', '-b', '[::1]:81', '-b', 'unix:/run/shop/a.sock', '-n', 'shop']
  const service = lines('--with-socket', '-w2', ...address, 'app')
  has(
    service,
    start('--workers=2 --name=shop --control-socket=/run/shop/control.sock app'),
    'Requires=shop.socket',
    'After=shop.socket',
  )
  has(service, 'CapabilityBoundingSet=')
  assert.ok(!service.some((line) => line.startsWith('ReadWritePaths=')))

  const socket = lines('--socket', ...address, 'app')
  has(socket, 'ListenStream=0.0.0.0:80', 'ListenStream=[::1]:81', 'ListenStream=/run/shop/a.sock')
  has(socket, 'Accept=no', 'WantedBy=sockets.target')
  assert.ok(!socket.some((line) => line.startsWith('Backlog=')), 'as long as the kernel allows')
  has(lines('--socket', '--backlog', '77', 'app'), 'ListenStream=127.0.0.1:8000', 'Backlog=77')
})

test('words are quoted as systemd wants them', () => {
  const word = 'app:create({"at":"50% of $HOME","path":"C:\\\\x"})'
  assert.equal(
    execLine(['/bin/a', '-w=2', 'b c', word, '']),
    '/bin/a -w=2 "b c" "app:create({\\"at\\":\\"50%% of $$HOME\\",\\"path\\":\\"C:\\\\\\\\x\\"})" ""',
  )
})

const refused: [words: string[], message: RegExp][] = [
  [[], /init needs to know for what\. Write "nworkers init systemd/],
  [['upstart'], /init can't do upstart\./],
  [['systemd'], /No APP is given/],
  [['systemd', '--wrokers', '2', 'app'], /Unknown option --wrokers\. Did you mean --workers\?/],
  [['systemd', '-w', '0', 'app'], /Invalid value for --workers: 0\./],
  [['systemd', '--socket', '--with-socket', 'app'], /only one can be printed at a time/],
  [['systemd', '--socket', '-b', 'fd://3', 'app'], /fd:\/\/3 is a socket that is passed already/],
  [['systemd', '--print-config', 'app'], /--print-config does not go with init systemd\./],
]
for (const [words, message] of refused) {
  test(`init ${words.join(' ')} is refused`, () => {
    const { status, stderr, stdout } = init(...words)
    assert.equal(status, 2)
    assert.match(stderr, message)
    assert.equal(stdout, '')
  })
}

test('deploy/nworkers.service is what init prints', () => {
  const written = readFileSync(path.join(root, 'deploy/nworkers.service'), 'utf8')
  assert.equal(written, exampleUnit(), 'It is stale: run "npm run docs".')
})

const skip = spawnSync('systemd-analyze', ['--version']).status !== 0 && 'systemd-analyze is not installed'

for (const words of [
  ['-w', '4', 'app'],
  ['-u', 'www-data', '-b', ':80', '--chdir', '/root', 'app'],
]) {
  test(`systemd-analyze gives "${words.join(' ')}" at most 2.0 and finds no mistake`, { skip }, (t) => {
    const file = unitFile(t, init('systemd', ...words).stdout)
    const score = analyze('security', '--offline=true', '--threshold=20', file)
    assert.equal(score.status, 0, score.stdout)
    assert.match(score.stdout, /Overall exposure level for \S+: [01]\.\d/)
    assert.equal(analyze('verify', file).stderr, '')
  })
}

function analyze(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('systemd-analyze', words, { encoding: 'utf8' })
}

function unitFile(t: TestContext, text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'unit-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = path.join(folder, 'app.service')
  writeFileSync(file, text)
  return file
}
