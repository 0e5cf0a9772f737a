import { execFileSync } from 'node:child_process'
import type { TestContext } from 'node:test'
import { temporaryFolder } from './application.js'
import { signalProcess } from './processes.js'
import { findCommand } from './unprivileged.js'

/** Why there can be no terminal here, or false. */
export function terminalMissing(): string | false {
  return findCommand('tmux') === undefined && 'tmux is not installed'
}

export interface Terminal {
  /** Types the text and Enter. */
  type(text: string): void
  press(key: string): void
  screen(): string
  /** The terminal settings of the pane, as stty(1) writes them. */
  modes(): string
}

/** A terminal in which a shell waits. It is ended after the test. */
export function openTerminal(t: TestContext): Terminal {
  const socket = temporaryFolder(t).path('tmux')
  const tmux = (...words: string[]) => execFileSync('tmux', ['-S', socket, ...words], { encoding: 'utf8' })
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', '160', '-y', '30', 'env', 'PS1=prompt: ', 'sh')
  // By its pid: the folder with its socket goes first.
  const pid = Number(tmux('display-message', '-p', '#{pid}'))
  t.after(() => signalProcess(pid, 'SIGTERM'))
  const tty = tmux('display-message', '-p', '#{pane_tty}').trim()
  return {
    type: (text) => tmux('send-keys', text, 'Enter'),
    press: (key) => tmux('send-keys', key),
    screen: () => tmux('capture-pane', '-p'),
    modes: () => execFileSync('stty', ['-a', '-F', tty], { encoding: 'utf8' }),
  }
}
