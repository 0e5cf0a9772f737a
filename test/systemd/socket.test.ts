import assert from 'node:assert/strict'
import { lstatSync } from 'node:fs'
import { test } from 'node:test'
import { probeSource } from '../process/harness/application.js'
import { assertNoneFailed, startLoad } from '../process/harness/load.js'
import { poll } from '../process/harness/poll.js'
import { identify } from '../process/harness/request.js'
import { freePort } from './free-port.js'
import { bootLab } from './lab.js'
import { printUnit, serviceFolder, serviceMissing } from './service.js'

const skip = serviceMissing()

test('systemd: behind a socket unit restarts under load lose no request, on tcp and unix', {
  skip,
}, async (t) => {
  const app = serviceFolder(t)
  app.deploy('app.mjs', probeSource('one'))
  const lab = await bootLab(t, app.folder)
  const log = `append:${app.path('log')}`
  const port = await freePort()
  const socketPath = app.path('app.sock')
  const words = ['-w', '2', '-n', 'app', '--chdir', app.folder, 'app.mjs:app']
  await lab.install(
    'app.socket',
    printUnit(['--socket', '-b', `127.0.0.1:${port}`, '-b', `unix:${socketPath}`, ...words]),
  )
  await lab.install(
    'app.service',
    printUnit(['--with-socket', ...words]),
    `[Service]\nStandardOutput=${log}\nStandardError=${log}\n`,
  )
  assert.equal((await lab.systemctl('start', 'app.socket')).code, 0)
  assert.equal(await lab.property('app.service', 'ActiveState'), 'inactive')

  // The first connection starts the service.
  const targets = [{ port }, { port: 0, socketPath }]
  assert.equal((await identify({ port })).version, 'one')
  const { ino } = lstatSync(socketPath)
  const loads = targets.map((target) => startLoad(t, target, { keepAlive: 2, fresh: 2, duration: 20 }))
  for (const version of ['two', 'three']) {
    for (const load of loads) await load.answers(50)
    app.deploy('app.mjs', probeSource(version))
    assert.equal((await lab.systemctl('restart', 'app.service')).code, 0)
    await poll(async () => (await identify({ port })).version === version, { what: `${version} serves` })
  }
  for (const load of loads) await load.answers(50)
  for (const load of loads) assertNoneFailed(await load.stop())
  assert.equal(lstatSync(socketPath).ino, ino, 'the path is the socket unit’s')
})
