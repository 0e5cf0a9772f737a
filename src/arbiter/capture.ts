import { jsonText } from '../observe/json-text.js'
import type { LogFormat } from '../settings/settings.js'

/** What a worker writes to one of its streams, on its way through the arbiter. */
export interface Captured {
  take(chunk: Buffer): void
  /** The stream has ended: a last line may have no end. */
  end(): void
}

/** Where it came from. */
interface Origin {
  slot: number
  stream: 'stdout' | 'stderr'
}

const lineEnd = 10

/** A line that is longer goes on in a line of its own. Bytes. */
const longestLine = 65_536

/**
 * Puts the slot before each line: `[slot 2] …`. In a log of JSON a line that is an object gets `"slot"` as its first
 * member, any other becomes the message of an object. Lines stay whole, whoever else writes.
 */
export function captureLines(origin: Origin, format: LogFormat, write: (chunk: Buffer) => void): Captured {
  const mark = format === 'json' ? markJson : markText
  let partial: Buffer = Buffer.alloc(0)

  function take(chunk: Buffer): void {
    const bytes = partial.length === 0 ? chunk : Buffer.concat([partial, chunk])
    const lines: Buffer[] = []
    let begin = 0
    for (let end = bytes.indexOf(lineEnd); end >= 0; end = bytes.indexOf(lineEnd, begin)) {
      lines.push(...mark(bytes.subarray(begin, end), origin))
      begin = end + 1
    }
    partial = bytes.subarray(begin)
    if (partial.length > longestLine) {
      lines.push(...mark(partial, origin))
      partial = Buffer.alloc(0)
    }
    if (lines.length > 0) write(Buffer.concat(lines))
  }

  return {
    take,
    end() {
      if (partial.length > 0) take(Buffer.of(lineEnd))
    },
  }
}

const newLine = Buffer.of(lineEnd)

/** Bytes that are no text stay as they are. */
function markText(line: Buffer, { slot }: Origin): Buffer[] {
  return [Buffer.from(`[slot ${slot}] `), line, newLine]
}

function markJson(line: Buffer, { slot, stream }: Origin): Buffer[] {
  const text = line.toString('utf8')
  const members = membersOf(text)
  if (members !== undefined) return [Buffer.from(`{"slot":${slot}${members}\n`)]
  const time = new Date().toISOString()
  return [Buffer.from(`{"slot":${slot},"time":"${time}","stream":"${stream}","message":${jsonText(text)}}\n`)]
}

/** What follows the brace of a line that is a JSON object, to follow another member. */
function membersOf(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const isEmpty = Object.keys(JSON.parse(text)).length === 0
    return isEmpty ? '}' : `,${text.slice(1)}`
  } catch {
    return undefined
  }
}
