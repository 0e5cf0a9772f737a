import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { probeApp, projectFolder, temporaryFolder } from './harness/application.js'
import { startControlled } from './harness/control.js'
import { holdRequest } from './harness/held.js'
import { poll } from './harness/poll.js'
import { childrenOf, isAlive, signalProcess } from './harness/processes.js'
import { identify, RequestFailure } from './harness/request.js'
import { serverNode, startServer } from './harness/server.js'
import { findCommand } from './harness/unprivileged.js'
import { upgrade } from './harness/upgrades.js'

const args = ['-w', '2', '--drain-linger', '1']

test('WINCH: workers finish and leave, what comes waits; HUP brings them back, TTIN one', async (t) => {
  const { server, control } = await startControlled(t, { args })
  // A status may be as old as a quarter of a second.
  const targetIs = (wanted: number) =>
    poll(async () => (await control.status()).target === wanted, { what: `the target is ${wanted}` })
  const held = await holdRequest(t, server)
  server.signal('SIGWINCH')
  await poll(() => server.workers().length === 1, { what: 'who has nothing to do has left' })
  held.release()
  const answer = await held.answer
  if (answer instanceof RequestFailure) throw answer
  assert.equal(answer.body, 'released')
  await poll(() => childrenOf(server.pid).length === 0, { what: 'no worker is left' })
  await targetIs(0)

  const waiting = identify(server)
  server.signal('SIGHUP')
  assert.equal((await waiting).generation, '2')
  await poll(() => server.workers().length === 2, { what: 'both are back' })

  server.signal('SIGWINCH')
  await poll(() => childrenOf(server.pid).length === 0, { what: 'no worker is left' })
  server.signal('SIGTTOU')
  const last = identify(server)
  server.signal('SIGTTIN')
  await last
  await targetIs(1)
})

test('USR2 in a pause: the new arbiter serves with as many workers as there were', async (t) => {
  const server = await startServer(t, { args })
  server.signal('SIGWINCH')
  await poll(() => childrenOf(server.pid).length === 0, { what: 'no worker is left' })
  const successor = await upgrade(server)
  assert.equal(childrenOf(successor).length, 2)
  await identify(server)
})

test('in a terminal WINCH means that its window has another size', {
  skip: findCommand('tmux') === undefined && 'tmux is not installed',
}, async (t) => {
  const { path: at } = temporaryFolder(t)
  const tmux = (...words: string[]) =>
    execFileSync('tmux', ['-S', at('tmux'), ...words], { encoding: 'utf8' })
  const script = path.join(projectFolder, 'bin/nworkers.js')
  const command = [serverNode, script, '-p', at('pid'), '-b', '127.0.0.1:0', probeApp]
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', '200', '-y', '24', command.join(' '))
  // By its pid: the folder with its socket goes first. The end of the terminal is a signal for nobody.
  const terminal = Number(tmux('display-message', '-p', '#{pid}'))
  let arbiter = 0
  t.after(async () => {
    if (arbiter > 0) signalProcess(arbiter, 'SIGTERM')
    await poll(() => arbiter === 0 || !isAlive(arbiter), { what: 'the arbiter has ended' })
    signalProcess(terminal, 'SIGTERM')
  })
  const shown = () => tmux('capture-pane', '-p')
  await poll(() => shown().includes('Ready: generation 1'), { what: 'it serves' })
  arbiter = Number(readFileSync(at('pid'), 'utf8'))
  tmux('resize-window', '-x', '180', '-y', '30')
  signalProcess(arbiter, 'SIGWINCH')
  signalProcess(arbiter, 'SIGTTIN')
  await poll(() => shown().includes('Workers: 1 before, 2 now'), { what: 'TTIN was heard after it' })
  assert.doesNotMatch(shown(), /winch|0 now/)
})
