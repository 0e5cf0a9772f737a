import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { probeSource } from '../process/harness/application.js'
import { installWith } from '../process/harness/installed.js'
import { assertNoneFailed, startLoad } from '../process/harness/load.js'
import { poll } from '../process/harness/poll.js'
import { isAlive } from '../process/harness/processes.js'
import { identify } from '../process/harness/request.js'
import { serverNode } from '../process/harness/server.js'
import { freePort } from './free-port.js'
import { bootLab, type Lab } from './lab.js'
import { installService, printUnit, script, serviceFolder, serviceMissing, unit } from './service.js'

const skip = serviceMissing()

/** Sends USR2 to the main process and waits until systemd knows another one and the old one has gone. */
async function upgradeUnit(lab: Lab): Promise<void> {
  const old = await lab.property(unit, 'MainPID')
  const arbiters = lab.processes().filter(({ title }) => title.startsWith('nworkers: arbiter'))
  assert.equal(arbiters.length, 1)
  assert.equal((await lab.systemctl('kill', '--signal=USR2', '--kill-who=main', unit)).code, 0)
  await poll(async () => (await lab.property(unit, 'MainPID')) !== old, { what: 'MAINPID moves' })
  await poll(
    async () => {
      assert.equal(await lab.property(unit, 'ActiveState'), 'active')
      return arbiters.every(({ pid }) => !isAlive(pid))
    },
    { what: 'the old arbiter has gone' },
  )
}

test('systemd: USR2 under load moves the main process, twice; the unit stays active, with watchdog and reload', {
  skip,
}, async (t) => {
  const service = await installService(t, { source: probeSource('one'), dropIn: ['WatchdogSec=3'] })
  const { lab } = service
  assert.equal((await lab.systemctl('start', unit)).code, 0, service.log())
  const target = service.target()
  const load = startLoad(t, target, { keepAlive: 2, fresh: 2 })
  for (const version of ['two', 'three']) {
    await load.answers(20)
    service.app.deploy('app.mjs', probeSource(version))
    await upgradeUnit(lab)
    assert.equal((await identify(target)).version, version)
    assert.equal(await service.status(), '2 of 2 workers ready, generation 1')
  }
  // Longer than the watchdog would wait for signs of life.
  const signs = new Set<string>()
  await poll(
    async () => {
      signs.add(await lab.property(unit, 'WatchdogTimestampMonotonic'))
      return signs.size > 4
    },
    { what: 'systemd gets signs of life of the new arbiter' },
  )
  assert.equal(await lab.property(unit, 'NRestarts'), '0')
  service.app.deploy('app.mjs', probeSource('four'))
  assert.equal((await lab.systemctl('reload', unit)).code, 0, service.log())
  assert.equal((await identify(target)).version, 'four')
  assertNoneFailed(await load.stop())
  assert.match((await lab.systemctl('status', '--no-pager', unit)).output, /Active: active \(running\)/)
  assert.equal((await lab.systemctl('stop', unit)).code, 0)
  assert.equal(await lab.property(unit, 'Result'), 'success')
  assert.equal(lab.processes().length, 0)
})

test('systemd: with node-unix-socket NotifyAccess=main is enough, for each arbiter in its turn', {
  skip,
}, async (t) => {
  const folder = serviceFolder(t)
  const installed = installWith('node-unix-socket', folder)
  if (installed === undefined) {
    t.skip('npm could not install node-unix-socket')
    return
  }
  folder.deploy('app.mjs', probeSource('one'))
  const lab = await bootLab(t, folder.folder)
  const words = ['-b', 'unix:/run/app/web.sock', '--chdir', folder.folder, 'app.mjs:app']
  await lab.install(unit, printUnit(words, installed), '[Service]\nNotifyAccess=main\nWatchdogSec=3\n')
  assert.equal((await lab.systemctl('start', unit)).code, 0)
  for (let count = 0; count < 2; count++) {
    await upgradeUnit(lab)
    await poll(async () => (await lab.property(unit, 'StatusText')) === '1 of 1 worker ready, generation 1', {
      what: 'the new arbiter is heard',
    })
  }
  assert.equal((await lab.systemctl('stop', unit)).code, 0)
  assert.equal(await lab.property(unit, 'Result'), 'success')
})

test('systemd: an upgrade that fails leaves main process and unit as they were', { skip }, async (t) => {
  const service = await installService(t, { source: probeSource('one') })
  const { lab } = service
  assert.equal((await lab.systemctl('start', unit)).code, 0, service.log())
  const main = await lab.property(unit, 'MainPID')
  service.app.deploy('app.mjs', 'throw new Error("broken on purpose")')
  await lab.systemctl('kill', '--signal=USR2', '--kill-who=main', unit)
  await poll(() => /Upgrade: the new arbiter \(pid \d+\) failed: .*this one stays/.test(service.log()), {
    what: 'the upgrade has failed',
  })
  assert.equal(await lab.property(unit, 'MainPID'), main)
  assert.equal(await service.state(), 'active')
  assert.equal((await identify(service.target())).version, 'one')
})

test('systemd: USR2 behind a socket unit, twice under load; then a restart loses nothing either', {
  skip,
}, async (t) => {
  const app = serviceFolder(t)
  app.deploy('app.mjs', probeSource('one'))
  const lab = await bootLab(t, app.folder)
  const log = `append:${app.path('log')}`
  const port = await freePort()
  const words = ['-w', '2', '-n', 'app', '--chdir', app.folder, 'app.mjs:app']
  await lab.install('app.socket', printUnit(['--socket', '-b', `127.0.0.1:${port}`, ...words]))
  await lab.install(
    unit,
    printUnit(['--with-socket', ...words]),
    `[Service]\nStandardOutput=${log}\nStandardError=${log}\n`,
  )
  assert.equal((await lab.systemctl('start', 'app.socket')).code, 0)
  assert.equal((await identify({ port })).version, 'one')
  await poll(async () => (await lab.property(unit, 'ActiveState')) === 'active', { what: 'it is active' })
  const load = startLoad(t, { port }, { keepAlive: 2, fresh: 2, duration: 20 })
  for (const version of ['two', 'three']) {
    await load.answers(20)
    app.deploy('app.mjs', probeSource(version))
    await upgradeUnit(lab)
    assert.equal((await identify({ port })).version, version)
  }
  assert.equal((await lab.systemctl('restart', unit)).code, 0)
  await load.answers(20)
  assertNoneFailed(await load.stop())
})

test('systemd: a service that does not notify can not be upgraded, and is told so', { skip }, async (t) => {
  const app = serviceFolder(t)
  app.deploy('app.mjs', probeSource('one'))
  const lab = await bootLab(t, app.folder)
  const log = `append:${app.path('log')}`
  const command = `${serverNode} ${script} -b unix:/run/app.sock ${app.path('app.mjs')}:app`
  await lab.install(unit, `[Service]\nExecStart=${command}\nKillMode=mixed\nStandardError=${log}\n`)
  assert.equal((await lab.systemctl('start', unit)).code, 0)
  const target = { port: 0, socketPath: lab.outside('/run/app.sock') }
  await poll(async () => (await identify(target)).version === 'one', { what: 'it serves' })
  await lab.systemctl('kill', '--signal=USR2', '--kill-who=main', unit)
  await poll(() => /Upgrade: refused\. .*Type=notify/.test(readFileSync(app.path('log'), 'utf8')), {
    what: 'it is refused',
  })
  assert.equal((await identify(target)).version, 'one')
})
