import type { Readable } from 'node:stream'
import { createError } from '../../errors.js'
import { isOpen, parseFields } from '../../parallel/csv.js'
import type { Format } from '../../parallel/format.js'
import type { Source } from '../../parallel/source.js'
import type { InputKind } from './options.js'

/** An item as it was read; a record of CSV may span lines and has the number of its first. */
export interface Line {
  number: number
  text: string
}

export interface Input extends Source<Line> {
  format: Format
  /**
   * Passes over so many items.
   * @throws NWORKERS_E_USAGE where there are fewer
   */
  skip(items: number): Promise<void>
  /** The input ends here. */
  stop(): void
  /** The part of the bytes whose lines have been taken; undefined where their number is not known. */
  part(): number | undefined
}

/**
 * Reads items from a stream, in blocks: what is held is one block and a line that is not complete. For CSV the header
 * is read at once.
 */
export async function openInput(stream: Readable, kind: InputKind, size: number | undefined): Promise<Input> {
  const blocks = stream.setEncoding('utf8')[Symbol.asyncIterator]()
  let ended = false
  /** Bytes of the blocks before this one, and its own. */
  let before = 0
  let inBlock = 0
  let number = 0
  let rest = ''
  let lines: Line[] = []
  let next = 0

  /** Reads until there are lines or the input has ended. */
  async function fill(): Promise<void> {
    lines = []
    next = 0
    before += inBlock
    inBlock = 0
    while (lines.length === 0 && !ended) {
      const block = await blocks.next().catch((error: NodeJS.ErrnoException) => {
        if (ended) return { done: true, value: '' } as const
        throw error
      })
      if (block.done) {
        ended = true
        if (rest !== '') split(`${rest}\n`)
      } else {
        const text: string = block.value
        inBlock += Buffer.byteLength(text)
        split(rest + text)
      }
    }
  }

  function split(text: string): void {
    let start = 0
    let first = 0
    let height = 1
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', first)) {
      const record = text.slice(start, end)
      first = end + 1
      if (kind === 'csv' && isOpen(record)) {
        height++
        continue
      }
      add(record, height)
      height = 1
      start = first
    }
    rest = text.slice(start)
  }

  function add(record: string, height: number): void {
    const text = record.endsWith('\r') ? record.slice(0, -1) : record
    if (kind === 'lines' || text.trim() !== '') lines.push({ number: number + 1, text })
    number += height
  }

  async function take(count: number): Promise<Line[]> {
    if (next >= lines.length) await fill()
    const taken = lines.slice(next, next + count)
    next += taken.length
    return taken
  }

  function stop(): void {
    ended = true
    lines = []
    stream.destroy()
  }

  function part(): number | undefined {
    const share = lines.length === 0 ? 1 : next / lines.length
    return size && Math.min(1, (before + inBlock * share) / size)
  }

  const format: Format =
    kind === 'csv' ? { kind, columns: parseFields((await take(1))[0]?.text ?? '') } : { kind }
  return {
    format,
    take,
    async skip(items) {
      for (let left = items; left > 0; ) {
        const { length } = await take(Math.min(left, 65_536))
        if (length === 0) throw fewer(items, items - left)
        left -= length
      }
    },
    stop,
    close: stop,
    part,
  }
}

function fewer(done: number, there: number) {
  return createError(
    'NWORKERS_E_USAGE',
    `The file of --resume has ${done} results, but the input has only ${there} items. Give the input it was made from.`,
  )
}
