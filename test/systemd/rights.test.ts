import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { probeSource, projectFolder } from '../process/harness/application.js'
import { installWith } from '../process/harness/installed.js'
import { identify, request } from '../process/harness/request.js'
import { serverNode } from '../process/harness/server.js'
import { bootLab } from './lab.js'
import { installService, printUnit, script, serviceFolder, serviceMissing, unit } from './service.js'

const skip = serviceMissing()
const nobody = Number(spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).stdout)

test('systemd: the printed unit runs as its user; its run-time folder takes a unix socket', {
  skip,
}, async (t) => {
  const service = await installService(t, {
    source: probeSource('one'),
    options: ['-b', 'unix:/run/app/web.sock', '-e', 'ODD=a "b" \\c %h $HOME ;'],
  })
  const { lab } = service
  assert.equal((await lab.systemctl('start', unit)).code, 0, service.log())
  assert.deepEqual(
    lab.processes().map(({ uid }) => uid),
    [nobody, nobody, nobody],
  )
  const target = { port: 0, socketPath: lab.outside('/run/app/web.sock') }
  assert.equal((await request(target, '/env?name=ODD')).body, JSON.stringify('a "b" \\c %h $HOME ;'))
})

test('systemd: an arbiter that is root has workers without rights', { skip }, async (t) => {
  const app = serviceFolder(t)
  app.deploy('app.mjs', probeSource('one'))
  const lab = await bootLab(t, app.folder)
  const command = `${serverNode} ${script} -w 2 -u nobody -b unix:/run/app.sock ${app.path('app.mjs')}:app`
  await lab.install(unit, `[Service]\nType=notify\nNotifyAccess=all\nExecStart=${command}\nKillMode=mixed\n`)
  assert.equal((await lab.systemctl('start', unit)).code, 0)
  const uids = lab.processes().map(({ title, uid }) => [title.split(' ')[1], uid])
  assert.deepEqual(uids.sort(), [
    ['arbiter', 0],
    ['worker', nobody],
    ['worker', nobody],
  ])
  assert.equal((await identify({ port: 0, socketPath: lab.outside('/run/app.sock') })).version, 'one')
})

test('systemd: a user of its own serves too (DynamicUser=)', { skip }, async (t) => {
  const service = await installService(t, {
    source: probeSource('one'),
    dropIn: ['User=', 'DynamicUser=yes'],
  })
  assert.equal((await service.lab.systemctl('start', unit)).code, 0, service.log())
  assert.equal((await identify(service.target())).version, 'one')
  const uids = new Set(service.lab.processes().map(({ uid }) => uid))
  assert.equal(uids.size, 1)
  assert.ok(!uids.has(0) && !uids.has(nobody))
})

test('systemd: with node-unix-socket the notifications are the arbiter’s own', { skip }, async (t) => {
  const folder = serviceFolder(t)
  const installed = installWith('node-unix-socket', folder)
  if (installed === undefined) {
    t.skip('npm could not install node-unix-socket')
    return
  }
  folder.deploy('app.mjs', probeSource('one'))
  const lab = await bootLab(t, folder.folder)
  const words = ['-b', 'unix:/run/app/web.sock', '--chdir', folder.folder, 'app.mjs:app']
  await lab.install(unit, printUnit(words, installed), '[Service]\nNotifyAccess=main\nTimeoutStartSec=20\n')
  assert.equal((await lab.systemctl('start', unit)).code, 0)
  assert.equal(await lab.property(unit, 'StatusText'), '1 of 1 worker ready, generation 1')
})

test('systemd: under the printed unit the model of the example reads a digit', { skip }, async (t) => {
  const folder = serviceFolder(t)
  const lab = await bootLab(t, folder.folder)
  const text = printUnit([
    '-w',
    '2',
    '-b',
    '127.0.0.1:0',
    '--chdir',
    projectFolder,
    'examples/inference-app:app',
  ])
  const log = `append:${folder.path('log')}`
  await lab.install(unit, text, `[Service]\nStandardOutput=${log}\nStandardError=${log}\n`)
  const said = () => readFileSync(folder.path('log'), 'utf8')
  assert.equal((await lab.systemctl('start', unit)).code, 0, said())
  const response = await fetch(`${/http:\/\/\S+/.exec(said())?.[0]}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: readFileSync(path.join(projectFolder, 'examples/inference-app/seven.json')),
  })
  const { predictions } = (await response.json()) as { predictions: { label: number }[] }
  assert.equal(predictions[0]?.label, 7)
  const score = spawnSync(
    'systemd-analyze',
    ['security', '--offline=true', '--threshold=20', lab.outside(`/run/systemd/system/${unit}`)],
    {
      encoding: 'utf8',
    },
  )
  assert.equal(score.status, 0, score.stdout + score.stderr)
})
