import type { Readable } from 'node:stream'

export interface RecordedOutput {
  text(): string
  lines(): readonly { at: number; text: string }[]
  ended: Promise<void>
}

/** Keeps what a stream says, and when each line was complete. */
export function recordOutput(stream: Readable | null): RecordedOutput {
  let text = ''
  let lineStart = 0
  const lines: { at: number; text: string }[] = []
  stream?.setEncoding('utf8')
  stream?.on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n', lineStart); end >= 0; end = text.indexOf('\n', lineStart)) {
      lines.push({ at: performance.now(), text: text.slice(lineStart, end) })
      lineStart = end + 1
    }
  })
  const ended = new Promise<void>((resolve) => {
    if (stream) stream.once('close', resolve)
    else resolve()
  })
  return { text: () => text, lines: () => lines, ended }
}
