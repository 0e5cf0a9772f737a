import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { isatty } from 'node:tty'
import { createError } from '../../errors.js'

/** An open file, pipe or socket that several workers write to. */
export interface Destination {
  /**
   * So many bytes in one write are not mixed with what others write: all in a file that is opened to append; what
   * POSIX guarantees in a pipe.
   */
  readonly wholeWrite: number
  /** Writes at once what can be written without waiting, and gives how many bytes that were. Throws system errors. */
  write(bytes: Uint8Array): number
  close(): void
}

/** PIPE_BUF of Linux. */
const pipeBuffer = 4_096

/**
 * Opens a log file that exists. Its reader, if it is a named pipe, need not keep up.
 * @throws NWORKERS_E_LOG_FILE
 */
export function openPath(path: string): Destination {
  const { O_WRONLY, O_APPEND, O_NONBLOCK } = constants
  try {
    // The arbiter has created it. Creating it here could fail in a folder like /tmp even if it exists.
    return destinationOf(openSync(path, O_WRONLY | O_APPEND | O_NONBLOCK))
  } catch (error) {
    throw createError('NWORKERS_E_LOG_FILE', path, reasonOf(error))
  }
}

/** The stream that the arbiter was started with, under its descriptor in this process. */
export function openStream(fd: number): Destination {
  if (isatty(fd)) return destinationOf(openTerminal(fd))
  if (fstatSync(fd).isFile()) return destinationOf(fd)
  // Creating a stream is Node's one way to make a descriptor non-blocking; for stdout it does so by itself.
  const stream = fd === 1 ? process.stdout : new Socket({ fd, readable: false, writable: true }).unref()
  return { ...destinationOf(fd), close: () => void (fd === 1 || stream.destroy()) }
}

/** A terminal that Ctrl-S has stopped must not stop the worker; one opened anew can be made not to block. */
function openTerminal(fd: number): number {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants
  try {
    return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY)
  } catch {
    return fd
  }
}

function destinationOf(fd: number): Destination {
  return {
    wholeWrite: fstatSync(fd).isFile() ? Number.POSITIVE_INFINITY : pipeBuffer,
    write: (bytes) => writeSync(fd, bytes),
    close: () => closeSync(fd),
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : String(error)
  if (code === 'EACCES') return 'the user of the workers may not write it, or not search its folder'
  if (code === 'ENOENT') return 'it does not exist'
  return code === 'ENXIO' ? 'nothing reads it' : String(code)
}
