import { closeSync, fstatSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Writable } from 'node:stream'

/** Where the arbiter's log and its workers' stderr go. Writing never blocks and never throws. */
export interface Output {
  write(chunk: string | Uint8Array): void
  /** Waits until everything is written, but no longer than this many milliseconds. */
  flush(within: number): Promise<void>
  /** What is not written yet is lost. */
  close(): void
}

/** Bytes kept for a reader that does not keep up; what comes after is dropped and counted. */
const longestQueue = 4 * 1024 * 1024

/** An output to an open descriptor: a file, a pipe, a socket or a terminal. */
export function openOutput(fd: number): Output {
  return fstatSync(fd).isFile() ? toFile(fd) : toStream(fd)
}

/** A full disk must not end the arbiter, so what can't be written is lost. */
function toFile(fd: number): Output {
  return {
    write(chunk) {
      try {
        if (typeof chunk === 'string') writeSync(fd, chunk)
        else writeSync(fd, chunk)
      } catch {}
    },
    async flush() {},
    close: () => closeSync(fd),
  }
}

function toStream(fd: number): Output {
  const stream = standardStream(fd) ?? new Socket({ fd, readable: false, writable: true })
  // The reader may go away; the service goes on.
  stream.on('error', () => {})
  unblock(stream)
  let dropped = 0
  return {
    write(chunk) {
      if (stream.destroyed) return
      if (stream.writableLength > longestQueue) {
        dropped += chunk.length
        return
      }
      if (dropped > 0) stream.write(`[${dropped} bytes of log were dropped: its reader did not keep up]\n`)
      dropped = 0
      stream.write(chunk)
    },
    async flush(within) {
      if (stream.destroyed || stream.writableLength === 0) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, within)
        stream.write('', () => {
          clearTimeout(timer)
          resolve()
        })
      })
    },
    close: () => void stream.destroy(),
  }
}

function standardStream(fd: number): Writable | undefined {
  return fd === 1 ? process.stdout : fd === 2 ? process.stderr : undefined
}

/** Node writes to a terminal synchronously, and a terminal stopped by Ctrl-S would stop the arbiter. */
function unblock(stream: object): void {
  const handle: unknown = Reflect.get(stream, '_handle')
  if (typeof handle !== 'object' || handle === null) return
  const setBlocking: unknown = Reflect.get(handle, 'setBlocking')
  if (typeof setBlocking === 'function') setBlocking.call(handle, false)
}
