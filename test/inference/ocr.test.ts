import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { encode } from 'fast-png'
import { projectFolder } from '../process/harness/application.js'
import { type RunningServer, startServer } from './server.js'

let server: RunningServer
before(async () => {
  server = await startServer({}, 'dist/ocr/app.js')
})
after(() => server.stop())

const folder = path.join(projectFolder, 'test/fixtures/lines')
const lines: string[] = JSON.parse(readFileSync(path.join(folder, 'lines.json'), 'utf8'))

interface Reading {
  text?: string
  confidence?: number
  error?: string
}

async function read(png: Uint8Array): Promise<Reading & { status: number }> {
  const response = await fetch(`${server.url}/read`, {
    method: 'POST',
    signal: AbortSignal.timeout(30_000),
    headers: { 'content-type': 'image/png' },
    body: png as Uint8Array<ArrayBuffer>,
  })
  return { status: response.status, ...((await response.json()) as Reading) }
}

/** How many characters must be put in, left out or changed to make one text the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, character] of [...from].entries()) {
    const next = [i + 1]
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] as number) + (character === to[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[to.length] as number
}

test('at least 95 % of the characters of rendered lines are read right', async (t) => {
  assert.ok(lines.length >= 20)
  let [wrong, characters] = [0, 0]
  for (const [index, line] of lines.entries()) {
    const { status, text = '', error } = await read(readFileSync(path.join(folder, `${index}.png`)))
    assert.equal(status, 200, error)
    const missed = distance(text, line)
    if (missed > 0) t.diagnostic(`${JSON.stringify(line)} was read as ${JSON.stringify(text)}`)
    wrong += missed
    characters += line.length
  }
  const share = 1 - wrong / characters
  t.diagnostic(`${(share * 100).toFixed(1)} % of ${characters} characters`)
  assert.ok(share >= 0.95, `${share}`)
})

test('an empty picture of any colours has no text', async () => {
  for (const channels of [1, 2, 3, 4]) {
    const data = new Uint8Array(100 * 40 * channels).fill(255)
    const { status, text, confidence } = await read(encode({ width: 100, height: 40, data, channels }))
    assert.deepEqual({ status, text, confidence }, { status: 200, text: '', confidence: 0 })
  }
})

const png = readFileSync(path.join(folder, '0.png'))
const resized = (width: number, height: number) => {
  const copy = Buffer.from(png)
  copy.writeUInt32BE(width, 16)
  copy.writeUInt32BE(height, 20)
  return copy
}

const refusals: { name: string; body: Buffer; error: RegExp }[] = [
  { name: 'nothing', body: Buffer.alloc(0), error: /^The body is no PNG\.$/ },
  { name: 'text', body: Buffer.from('seven'.repeat(20)), error: /^The body is no PNG\.$/ },
  { name: 'a PNG cut off', body: png.subarray(0, 200), error: /^The PNG can't be decoded: / },
  { name: 'a picture without pixels', body: resized(0, 20), error: /^The picture is 0 by 20 pixels\.$/ },
  {
    name: 'a small file of a huge picture',
    body: resized(60_000, 60_000),
    error: /it may have 4000000 in all\.$/,
  },
]

for (const { name, body, error } of refusals) {
  test(`refuses ${name}`, async () => {
    const answer = await read(body)
    assert.equal(answer.status, 400)
    assert.match(answer.error ?? '', error)
    assert.equal(server.log(), '')
  })
}
