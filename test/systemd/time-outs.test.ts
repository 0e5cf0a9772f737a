import assert from 'node:assert/strict'
import { unlinkSync } from 'node:fs'
import { test } from 'node:test'
import { probeSource } from '../process/harness/application.js'
import { poll } from '../process/harness/poll.js'
import { signalProcess } from '../process/harness/processes.js'
import { identify, request } from '../process/harness/request.js'
import { installService, serviceMissing, unit } from './service.js'

const skip = serviceMissing()

test('systemd: a boot and a drain that take longer than the unit allows are waited for', {
  skip,
}, async (t) => {
  const service = await installService(t, {
    source: probeSource('one', 'await new Promise((resolve) => setTimeout(resolve, 6_000))'),
    options: ['-w', '1'],
    dropIn: ['TimeoutStartSec=4', 'TimeoutStopSec=4'],
  })
  assert.equal((await service.lab.systemctl('start', unit)).code, 0, service.log())
  const answer = request(service.target(), '/?ms=6000')
  await request(service.target())
  assert.equal((await service.lab.systemctl('stop', unit)).code, 0)
  assert.equal((await answer).status, 200)
  assert.equal(await service.lab.property(unit, 'Result'), 'success')
})

test('systemd: a frozen arbiter is killed by the watchdog and started again', { skip }, async (t) => {
  const service = await installService(t, { source: probeSource('one'), dropIn: ['WatchdogSec=2'] })
  assert.equal((await service.lab.systemctl('start', unit)).code, 0, service.log())
  const signs = new Set<string>()
  await poll(
    async () => {
      signs.add(await service.lab.property(unit, 'WatchdogTimestampMonotonic'))
      return signs.size > 4
    },
    { what: 'systemd got signs of life for two intervals' },
  )
  assert.equal(await service.lab.property(unit, 'NRestarts'), '0')

  const before = service.target().port
  await service.lab.systemctl('kill', '--signal=STOP', '--kill-who=main', unit)
  await poll(() => service.target().port !== before, { what: 'a new arbiter listens' })
  await poll(async () => (await service.state()) === 'active', { what: 'the unit is active again' })
  assert.equal(await service.lab.property(unit, 'NRestarts'), '1')
  assert.equal((await identify(service.target())).version, 'one')
  await poll(() => service.lab.processes().length === 3, { what: 'nothing of the old one is left' })
})

test('systemd: a fleet that gets nobody to serve loses its arbiter to the watchdog, and recovers with the app', {
  skip,
}, async (t) => {
  const service = await installService(t, {
    source: ({ path }) =>
      probeSource(
        'one',
        `import { existsSync } from 'node:fs'
        if (existsSync(${JSON.stringify(path('broken'))})) throw new Error('broken on purpose')`,
      ),
    options: ['--boot-timeout', '1'],
    dropIn: ['WatchdogSec=2'],
  })
  assert.equal((await service.lab.systemctl('start', unit)).code, 0, service.log())
  service.app.deploy('broken', '')
  for (const { pid, title } of service.lab.processes()) {
    if (title.startsWith('nworkers: worker')) signalProcess(pid, 'SIGKILL')
  }
  await poll(() => service.log().includes('failed to boot'), { what: 'the next worker fails' })
  const restarts = async () => Number(await service.lab.property(unit, 'NRestarts'))
  assert.equal(await restarts(), 0)
  await poll(async () => (await restarts()) > 0, { deadline: 90_000, what: 'the watchdog acts' })
  unlinkSync(service.app.path('broken'))
  await poll(async () => (await service.state()) === 'active', { what: 'the unit is active again' })
  assert.equal((await identify(service.target())).version, 'one')
})
