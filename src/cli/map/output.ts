import { once } from 'node:events'
import { appendFileSync, closeSync, ftruncateSync, openSync, readSync } from 'node:fs'
import { createError } from '../../errors.js'

/** Where results go. */
export interface Output {
  /** Results that were there before. */
  written: number
  /** Settles when there is room for more. */
  write(text: string): Promise<void>
  /** Whether the reader has gone, as `head` does. */
  isClosed(): boolean
  close(): void
}

/** Writes to stdout at the pace of its reader. */
export function toStdout(): Output {
  let closed = false
  let failure: Error | undefined
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    closed = true
    if (error.code !== 'EPIPE') failure = createError('NWORKERS_E_OUTPUT', 'stdout', error.message)
  })
  return {
    written: 0,
    async write(text) {
      if (!closed && !process.stdout.write(text)) {
        await Promise.race([once(process.stdout, 'drain'), once(process.stdout, 'close')]).catch(() => {})
      }
      // A pipe that broke says so a turn later.
      if (process.stdout.errored) await new Promise(setImmediate)
      if (failure) throw failure
    },
    isClosed: () => closed,
    close() {},
  }
}

/**
 * Appends to a file of results, a line for each item. A last line that was not completed is cut off.
 * @throws NWORKERS_E_OUTPUT
 */
export function appendTo(path: string): Output {
  const attempt = <Value>(action: () => Value): Value => {
    try {
      return action()
    } catch (error) {
      throw createError('NWORKERS_E_OUTPUT', path, error instanceof Error ? error.message : String(error))
    }
  }
  const { fd, lines } = attempt(() => {
    const fd = openSync(path, 'a+')
    const { lines, end } = completeLines(fd)
    ftruncateSync(fd, end)
    return { fd, lines }
  })
  return {
    written: lines,
    async write(text) {
      attempt(() => appendFileSync(fd, text))
    },
    isClosed: () => false,
    close: () => closeSync(fd),
  }
}

/** The number of complete lines and where the last of them ends. */
function completeLines(fd: number): { lines: number; end: number } {
  const block = Buffer.alloc(1 << 20)
  let lines = 0
  let end = 0
  for (let offset = 0; ; ) {
    const length = readSync(fd, block, 0, block.length, offset)
    if (length === 0) return { lines, end }
    for (let at = block.indexOf(10); at >= 0 && at < length; at = block.indexOf(10, at + 1)) {
      lines++
      end = offset + at + 1
    }
    offset += length
  }
}
