import type { Destination } from './destination.js'

/** Lines on their way to a destination. Nothing here waits for it, but for {@link LineBuffer.end}. */
export interface LineBuffer {
  /** Takes a line, with its end. */
  add(line: string): void
  /** Writes what can be written now. */
  flush(): void
  /** From now on lines go there; those that wait too. Gives the former destination. */
  redirect(to: Destination): Destination
  /** Writes all, and waits for the destination but not for long. */
  end(): void
}

/** Milliseconds until a destination that took nothing is tried again. */
const retryEvery = 100

/** Bytes that are kept while the destination takes none; lines that come then are dropped. */
const mostKept = 1_048_576

/** How long the end of the process waits for a destination that takes nothing, in milliseconds. */
const lastFlush = 500

/** @param tell - told in a sentence when lines begin to be dropped, and how many they were when that is over */
export function createLineBuffer(first: Destination, tell: (text: string) => void): LineBuffer {
  let destination = first
  let lines = ''
  let waiting: Buffer = Buffer.alloc(0)
  let timer: NodeJS.Timeout | undefined
  let dropped = 0
  let reason = ''

  function add(line: string): void {
    if (waiting.length + lines.length > mostKept) {
      if (dropped === 0) tell(`Access log: ${reason}, so lines are dropped from now on.`)
      dropped++
      return
    }
    lines += line
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (lines !== '') {
      const more = Buffer.from(lines)
      waiting = waiting.length === 0 ? more : Buffer.concat([waiting, more])
      lines = ''
    }
    try {
      while (waiting.length > 0) {
        waiting = waiting.subarray(destination.write(wholeLines(waiting, destination.wholeWrite)))
      }
      tellDropped()
    } catch (error) {
      reason = describe(error)
      timer = setTimeout(flush, retryEvery).unref()
    }
  }

  function tellDropped(): void {
    if (dropped > 0) tell(`Access log: ${dropped} lines were dropped, because ${reason}.`)
    dropped = 0
  }

  function end(): void {
    const deadline = performance.now() + lastFlush
    for (;;) {
      flush()
      const isOver = waiting.length === 0 || reason !== wouldBlock || performance.now() > deadline
      if (isOver) break
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
    clearTimeout(timer)
    dropped += countLines(waiting)
    waiting = Buffer.alloc(0)
    tellDropped()
  }

  return {
    add,
    flush,
    redirect(to) {
      flush()
      const former = destination
      destination = to
      return former
    },
    end,
  }
}

const wouldBlock = 'its reader does not keep up'

function describe(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  if (code === 'EAGAIN') return wouldBlock
  if (code === 'EPIPE') return 'its reader has gone'
  return code === 'ENOSPC' ? 'the disk is full' : `it can't be written (${code})`
}

const lineEnd = 10

/** As many lines from the beginning as fit into so many bytes, but one at least. */
function wholeLines(bytes: Buffer, most: number): Uint8Array {
  if (bytes.length <= most) return bytes
  const end = bytes.lastIndexOf(lineEnd, most - 1)
  return bytes.subarray(0, (end < 0 ? bytes.indexOf(lineEnd) : end) + 1)
}

function countLines(bytes: Buffer): number {
  let count = 0
  for (const byte of bytes) if (byte === lineEnd) count++
  return count
}
