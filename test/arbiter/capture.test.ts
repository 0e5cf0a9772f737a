import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { captureLines } from '../../src/arbiter/capture.js'
import type { LogFormat } from '../../src/settings/settings.js'

/** What becomes of these chunks of a stream that then ends. */
function captured(format: LogFormat, chunks: readonly (string | Uint8Array)[]): Buffer {
  const written: Buffer[] = []
  const lines = captureLines({ slot: 2, stream: 'stderr' }, format, (chunk) => void written.push(chunk))
  for (const chunk of chunks) lines.take(Buffer.from(chunk as Uint8Array))
  lines.end()
  return Buffer.concat(written)
}

/** The bytes in pieces of random sizes, as a pipe may give them. */
const pieces = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.map((byte) => (byte % 5 === 0 ? 10 : byte))),
)

test('each line gets its slot, however the chunks fall; a last line gets the end that it lacks', () => {
  assert.equal(
    captured('text', ['one\ntw', 'o\n', '\nend']).toString(),
    '[slot 2] one\n[slot 2] two\n[slot 2] \n[slot 2] end\n',
  )
  assert.equal(captured('text', []).length, 0)
})

test('any bytes come out as they went in, each line behind its slot', () => {
  fc.assert(
    fc.property(pieces, (chunks) => {
      const input = Buffer.concat(chunks).toString('latin1')
      const lines = (input.endsWith('\n') || input === '' ? input : `${input}\n`).split('\n').slice(0, -1)
      const expected = lines.map((line) => `[slot 2] ${line}\n`).join('')
      assert.equal(captured('text', chunks).toString('latin1'), expected)
    }),
  )
})

test('in JSON any bytes become one object a line', () => {
  fc.assert(
    fc.property(pieces, (chunks) => {
      const output = captured('json', chunks).toString()
      for (const line of output.split('\n').slice(0, -1)) {
        const entry = JSON.parse(line)
        assert.equal(entry.slot, 2)
      }
    }),
  )
})

test('in JSON an object keeps its members, all else is a message', () => {
  const entries = captured('json', ['{"level":30}\n{}\n{"cut\n[1]\n'])
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const message = (text: string, index: number) => ({
    ...{ slot: 2, time: entries[index].time, stream: 'stderr', message: text },
  })
  assert.deepEqual(entries, [{ slot: 2, level: 30 }, { slot: 2 }, message('{"cut', 2), message('[1]', 3)])
})

test('a line without end does not grow for ever: it goes on in a line of its own, and no byte is lost', () => {
  const chunks = Array.from({ length: 10 }, () => 'x'.repeat(20_000))
  const lines = captured('text', chunks).toString().trimEnd().split('\n')
  assert.ok(lines.length > 1)
  assert.equal(lines.map((line) => line.replace('[slot 2] ', '')).join(''), chunks.join(''))
})
