import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { projectFolder } from './harness/application.js'
import { startControlled } from './harness/control.js'
import { poll } from './harness/poll.js'
import { serverNode } from './harness/server.js'
import { openTerminal, terminalMissing } from './harness/terminal.js'

const skip = terminalMissing()

test('top shows the workers in a terminal, follows them, and leaves it as it was', { skip }, async (t) => {
  const { server, control } = await startControlled(t, { args: ['-w', '2'] })
  const terminal = openTerminal(t)
  await poll(() => terminal.screen().includes('prompt:'), { what: 'the shell waits' })
  const modes = terminal.modes()
  const script = path.join(projectFolder, 'bin/nworkersctl.js')
  const command = `${serverNode} ${script} -s ${control.socketPath} top; echo code $?`

  for (const end of ['q', 'C-c']) {
    terminal.type(command)
    await poll(() => /SLOT +PID.*P99.*MEMORY/.test(terminal.screen()), { what: 'the table is shown' })
    assert.match(terminal.screen(), /2 of 2 workers ready/)
    assert.doesNotMatch(terminal.screen(), /prompt:/, 'it has the screen for itself')
    await control.ctl('scale', '3')
    await poll(() => /3 of 3 workers ready/.test(terminal.screen()), { what: 'a worker more is shown' })
    await control.ctl('scale', '2')
    terminal.type(end)
    await poll(() => /code 0/.test(terminal.screen()), { what: 'it has ended' })
    assert.equal(terminal.modes(), modes)
    assert.doesNotMatch(terminal.screen(), /SLOT/)
    terminal.type('clear')
    await poll(() => !/code 0/.test(terminal.screen()), { what: 'the screen is cleared' })
  }

  terminal.type(command)
  await poll(() => /SLOT/.test(terminal.screen()), { what: 'the table is shown' })
  server.signal('SIGTERM')
  await poll(() => /code 3/.test(terminal.screen()), { what: 'it ends with the arbiter' })
  assert.equal(terminal.modes(), modes)
})

test('top without a terminal says so', async (t) => {
  const { control } = await startControlled(t)
  const { code, stderr } = await control.ctl('top')
  assert.equal(code, 2)
  assert.match(stderr, /top needs a terminal/)
})
