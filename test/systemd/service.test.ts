import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { probeSource, projectFolder, temporaryFolder } from '../process/harness/application.js'
import { assertNoneFailed, startLoad } from '../process/harness/load.js'
import { poll } from '../process/harness/poll.js'
import { identify, request } from '../process/harness/request.js'
import { serverNode } from '../process/harness/server.js'
import { bootScript } from './lab.js'
import { installService, script, serviceMissing, unit } from './service.js'

const skip = serviceMissing()

/** Code that lets the import of the app go on when the file is there. */
function waitForFile(file: string): string {
  return `import { existsSync } from 'node:fs'
    while (!existsSync(${JSON.stringify(file)})) await new Promise((resolve) => setTimeout(resolve, 20))`
}

test('systemd: what boots here can write nothing of the machine', { skip }, (t) => {
  const { folder } = temporaryFolder(t)
  const places = [tmpdir(), '/etc', '/dev', '/var', projectFolder]
  const files = places.map((place) => path.join(place, `from-the-lab-${process.pid}`))
  const namespaces = ['--mount', '--pid', '--fork', '--mount-proc']
  // Harmless where the seal is broken: the test must not do what it guards against.
  spawnSync('unshare', [...namespaces, 'bash', bootScript, 'check', folder, 'touch', ...files])
  const written = files.filter((file) => existsSync(file))
  for (const file of written) rmSync(file)
  assert.deepEqual(written, [])
})

test('systemd: the unit is active only when the app is ready', { skip }, async (t) => {
  const service = await installService(t, {
    source: ({ path }) => probeSource('one', waitForFile(path('open'))),
  })
  await service.lab.systemctl('start', '--no-block', unit)
  await poll(() => service.log().includes('Booting worker'), { what: 'the first worker boots' })
  assert.equal(await service.state(), 'activating')
  service.app.deploy('open', '')
  await poll(async () => (await service.state()) === 'active', { what: 'the unit is active' })
  assert.match(service.log(), /Ready: generation 1, 2 workers/)
  assert.equal(await service.status(), '2 of 2 workers ready, generation 1')
  const { output } = await service.lab.systemctl('status', '--no-pager', unit)
  assert.match(output, /Status: "2 of 2 workers ready, generation 1"/)
  assert.equal((await identify(service.target())).version, 'one')
})

test('systemd: reload, with a good app and a broken one, loses no request and stays up', {
  skip,
}, async (t) => {
  const service = await installService(t, { source: probeSource('one') })
  assert.equal((await service.lab.systemctl('start', unit)).code, 0, service.log())
  const mainPid = await service.lab.property(unit, 'MainPID')
  const load = startLoad(t, service.target(), { keepAlive: 2, fresh: 2 })

  service.app.deploy('app.mjs', probeSource('two'))
  assert.equal((await service.lab.systemctl('reload', unit)).code, 0)
  assert.match(service.log(), /Reload: generation 2 serves/)
  assert.equal((await identify(service.target())).version, 'two')

  service.app.deploy('app.mjs', 'throw new Error("broken on purpose")')
  assert.notEqual((await service.lab.systemctl('reload', unit)).code, 0)
  assert.match(service.log(), /Reload: generation 3 failed: .*; generation 2 stays/)
  assert.equal((await identify(service.target())).version, 'two')

  await poll(async () => (await service.state()) === 'active', {
    what: 'systemd knows that the reload is over',
  })
  const verdict = /^2 of 2 workers ready, generation 2\b.*; generation 3 failed: boot-failure, /
  await poll(async () => verdict.test(await service.status()), { what: 'the status has the verdict' })
  assert.equal(await service.lab.property(unit, 'MainPID'), mainPid)
  assertNoneFailed(await load.stop())
})

test('systemd: stop while a request runs answers it, and the unit ends in success', { skip }, async (t) => {
  const service = await installService(t, { source: probeSource('one') })
  assert.equal((await service.lab.systemctl('start', unit)).code, 0, service.log())
  const answer = request(service.target(), `/held?announce=held&until=${service.app.path('released')}`)
  await poll(() => service.log().includes('running held'), { what: 'the request runs' })

  const stop = service.lab.systemctl('stop', unit)
  await poll(async () => (await service.state()) === 'deactivating', { what: 'the stop has begun' })
  service.app.deploy('released', '')
  assert.equal((await answer).body, 'released')
  assert.equal((await stop).code, 0)
  assert.equal(await service.state(), 'inactive')
  assert.equal(await service.lab.property(unit, 'Result'), 'success')
  assert.equal(await service.lab.property(unit, 'ExecMainStatus'), '0')
})

const failures = [
  {
    what: 'an app that fails to boot',
    source: 'throw new Error("broken on purpose")',
    dropIn: [],
    status: '3',
  },
  { what: 'a wrong app specifier', source: 'export const other = 1', dropIn: [], status: '4' },
  {
    what: 'a wrong command line',
    source: probeSource('one'),
    dropIn: [`ExecStart=`, `ExecStart=${serverNode} ${script} --wrokers app`],
    status: '2',
  },
]
for (const { what, source, dropIn, status } of failures) {
  test(`systemd: ${what} is seen as exit status ${status}`, { skip }, async (t) => {
    const service = await installService(t, { source, dropIn })
    assert.notEqual((await service.lab.systemctl('start', unit)).code, 0)
    assert.equal(await service.lab.property(unit, 'ExecMainStatus'), status)
    assert.equal(await service.lab.property(unit, 'Result'), 'exit-code')
    if (status !== '3') assert.equal(await service.state(), 'failed', 'it is not started again')
  })
}

test('systemd: an arbiter that was killed is started again and nothing of it is left', {
  skip,
}, async (t) => {
  const service = await installService(t, { source: probeSource('one') })
  assert.equal((await service.lab.systemctl('start', unit)).code, 0, service.log())
  const before = service.target().port
  await service.lab.systemctl('kill', '--signal=KILL', '--kill-who=main', unit)
  await poll(() => service.target().port !== before, { what: 'a new arbiter listens' })
  await poll(async () => (await service.state()) === 'active', { what: 'the unit is active again' })
  assert.equal((await identify(service.target())).version, 'one')
  assert.equal(await service.lab.property(unit, 'NRestarts'), '1')
})
