import assert from 'node:assert/strict'
import { lstatSync } from 'node:fs'
import { test } from 'node:test'
import { temporaryFolder } from '../process/harness/application.js'
import { descriptorKinds } from '../process/harness/descriptors.js'
import { assertNoneFailed, startLoad } from '../process/harness/load.js'
import { signalProcess } from '../process/harness/processes.js'
import { startServer } from '../process/harness/server.js'
import { settled } from '../process/harness/settled.js'
import { beginUpgrade, failedUpgrade, upgrade } from '../process/harness/upgrades.js'

const upgrades = 20

test(`${upgrades} × USR2 under load, on tcp and unix, kept and new connections, short and slow requests: 0 fail; every other upgrade is first killed at some moment`, async (t) => {
  const { path } = temporaryFolder(t)
  const socketPath = path('app.sock')
  const bind = ['-b', '127.0.0.1:0', '-b', `unix:${socketPath}`]
  const server = await startServer(t, {
    args: ['-w', '3', ...bind, '-p', path('pid'), '--drain-linger', '2'],
  })
  const { ino } = lstatSync(socketPath)
  const { port } = server
  const loads = [
    startLoad(t, { port }, { timeout: 60_000 }),
    startLoad(t, { port }, { keepAlive: 3, fresh: 3, duration: 1_500, timeout: 60_000 }),
    startLoad(t, { port: 0, socketPath }, { timeout: 60_000 }),
  ]
  let arbiter = server.pid
  let kinds: string[] | undefined
  for (let count = 0; count < upgrades; count++) {
    if (count % 2 === 1) await killOne(count)
    arbiter = await upgrade(server, arbiter, 120_000)
    await loads[0]?.answers(50)
    const open = await settled(() => descriptorKinds(arbiter))
    kinds ??= open
    assert.deepEqual(open, kinds, 'each has the descriptors that the one before had')
  }
  let answered = 0
  for (const load of loads) {
    const tally = await load.stop()
    assertNoneFailed(tally)
    answered += tally.answered
  }
  assert.equal(lstatSync(socketPath).ino, ino)
  t.diagnostic(`${answered} requests over ${upgrades} upgrades and ${upgrades / 2} that were killed`)

  /** Kills the new arbiter before it has told that it is ready; later it may be the arbiter already. */
  async function killOne(count: number): Promise<void> {
    const after = server.mark()
    const successor = await beginUpgrade(server, arbiter)
    const moments = [/Listening at/, /Booting worker/, /Booting worker.*slot 1/, /Ready: generation 1/]
    const moment = moments[(count >> 1) % moments.length] as RegExp
    await server.waitForLog(new RegExp(`\\[${successor}\\].*${moment.source}`), { after })
    signalProcess(successor, 'SIGKILL')
    assert.match(await failedUpgrade(server, after), /it has ended/)
  }
})
