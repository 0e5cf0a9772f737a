import type { Arbiter } from '../../control/client.js'
import type { Status } from '../../control/status.js'
import { createError } from '../../errors.js'
import { formatStatus } from './status-table.js'

/** Milliseconds between two looks. */
const interval = 1_000

/** Sequences of a terminal; see console_codes(4) and xterm's list. */
const alternateScreen = { enter: '\x1b[?1049h', leave: '\x1b[?1049l' }
const cursor = { hide: '\x1b[?25l', show: '\x1b[?25h' }
const wrapping = { off: '\x1b[?7l', on: '\x1b[?7h' }
const toTop = '\x1b[H'
const restOfLine = '\x1b[K'
const restOfScreen = '\x1b[J'

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** q, Ctrl-C and Ctrl-D: in raw mode they make no signal. */
const endingKeys = new Set(['q', '\x03', '\x04'])
const escapeKey = '\x1b'

/**
 * Shows the status over and over, until q or a signal; then the terminal is as it was.
 * @throws NWORKERS_E_USAGE where there is no terminal, NWORKERS_E_NO_ARBITER when the arbiter has gone
 */
export async function top(arbiter: Arbiter): Promise<void> {
  const { stdin, stdout } = process
  if (!stdout.isTTY)
    throw createError('NWORKERS_E_USAGE', 'top needs a terminal; "nworkersctl status" does not.')
  // Whoever can't be asked is told of before anything changes.
  let status = await arbiter.json<Status>('GET', '/v1/status')
  const end = new AbortController()
  const onEnd = () => end.abort()
  const onKeys = (keys: string) => {
    // What is typed fast comes together; an escape alone is a key, with more it is the sequence of another one.
    if (keys === escapeKey || [...keys].some((key) => endingKeys.has(key))) onEnd()
  }
  const draw = () => stdout.write(screen(status, stdout.rows))

  for (const signal of endingSignals) process.on(signal, onEnd)
  stdout.on('error', onEnd)
  stdout.on('resize', draw)
  stdout.write(alternateScreen.enter + cursor.hide + wrapping.off)
  if (stdin.isTTY) stdin.setRawMode(true)
  stdin.setEncoding('utf8').on('data', onKeys)
  try {
    while (!end.signal.aborted) {
      draw()
      await pause(end.signal)
      if (!end.signal.aborted) status = await arbiter.json<Status>('GET', '/v1/status')
    }
  } finally {
    stdin.removeListener('data', onKeys).pause()
    if (stdin.isTTY) stdin.setRawMode(false)
    stdout.write(wrapping.on + cursor.show + alternateScreen.leave)
    stdout.removeListener('resize', draw)
    for (const signal of endingSignals) process.removeListener(signal, onEnd)
  }
}

/** One screenful; what does not fit is cut off by the terminal at the right, and left out at the bottom. */
function screen(status: Status, rows: number): string {
  const lines = [...formatStatus(status, Date.now()), '', 'q ends']
  const shown = lines.slice(0, Math.max(1, rows - 1))
  return toTop + shown.map((line) => `${line}${restOfLine}\r\n`).join('') + restOfScreen
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, interval)
    signal.addEventListener('abort', end, { once: true })
  })
}
