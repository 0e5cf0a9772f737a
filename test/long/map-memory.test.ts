import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { projectFolder, temporaryFolder } from '../process/harness/application.js'
import { within } from '../process/harness/poll.js'

const items = 10_000_000
const deadline = 500_000
const sampleEvery = 250_000

/** Resident memory in MiB. */
function residentMemory(pid: number): number {
  const [, pages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')
  return (Number(pages) * 4096) / 2 ** 20
}

function* lines(): Generator<string> {
  let block = ''
  for (let number = 0; number < items; number++) {
    block += `${number}\n`
    if (block.length < 65_536) continue
    yield block
    block = ''
  }
  yield block
}

test('map: memory stays flat on 10 million lines', {
  skip: process.platform !== 'linux' && 'looks into /proc',
}, async (t) => {
  const { folder } = temporaryFolder(t, { 'same.mjs': 'export default (item) => item' })
  const bin = path.join(projectFolder, 'bin/nworkers.js')
  const child = spawn(process.execPath, [bin, 'map', '-j', '2', 'same.mjs'], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const { pid = 0, stdin, stdout } = child
  const exit = new Promise((resolve) => child.once('close', resolve))

  async function feed(): Promise<void> {
    for (const block of lines())
      if (!stdin.write(block)) await new Promise((resolve) => stdin.once('drain', resolve))
    stdin.end()
  }
  const feeding = feed()

  const samples: number[] = []
  let rest = ''
  let count = 0
  stdout.setEncoding('utf8')
  stdout.on('data', (text: string) => {
    const whole = (rest + text).split('\n')
    rest = whole.pop() ?? ''
    for (const line of whole) {
      if (line !== String(count)) throw new Error(`Result ${count} is ${line}`)
      if (++count % sampleEvery === 0) samples.push(residentMemory(pid))
    }
  })
  assert.equal(await within(exit, { deadline, what: `${items} items are done` }), 0)
  await feeding
  assert.equal(count, items)
  const quarter = Math.floor(samples.length / 4)
  const early = Math.max(...samples.slice(0, quarter))
  const late = Math.max(...samples.slice(-quarter))
  t.diagnostic(
    `resident memory: ${early.toFixed(0)} MiB in the first quarter, ${late.toFixed(0)} MiB in the last`,
  )
  assert.ok(late < early * 1.25 + 20, `${samples.map(Math.round).join(' ')} MiB`)
})
