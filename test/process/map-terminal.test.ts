import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { projectFolder, temporaryFolder } from './harness/application.js'
import { poll } from './harness/poll.js'
import { serverNode } from './harness/server.js'
import { openTerminal, terminalMissing } from './harness/terminal.js'

const skip = terminalMissing()
const deadline = 60_000
const items = 400
const bar = /^\[#*\.*\] \d+ %, \d+ items, [\d.]+ (s|min), [\d.]+ (s|min) left$/m

/** A terminal in a folder with `items.ndjson`, and what `nworkers map` of its slow function is called there. */
async function openFolder(t: TestContext) {
  const { folder, path: inFolder } = temporaryFolder(t, {
    'slow.mjs':
      'export default async (item) => { await new Promise((r) => setTimeout(r, 10)); return item * 2 }',
    'items.ndjson': Array.from({ length: items }, (_, number) => `${number}\n`).join(''),
  })
  const terminal = openTerminal(t)
  await poll(() => terminal.screen().includes('prompt:'), { what: 'the shell waits' })
  terminal.type(`cd ${folder}; clear`)
  const bin = path.join(projectFolder, 'bin/nworkers.js')
  return { terminal, inFolder, map: `${serverNode} ${bin} map -j 2 slow.mjs < items.ndjson` }
}

test('map shows a bar in a terminal, and leaves nothing of it', { skip }, async (t) => {
  const { terminal, inFolder, map } = await openFolder(t)
  terminal.type(`clear; ${map} > results.ndjson; echo code $?`)
  const parts = new Set<string>()
  await poll(
    () => {
      parts.add(/ (\d+) %/.exec(terminal.screen())?.[1] ?? '')
      return /code 0/.test(terminal.screen())
    },
    { deadline, what: 'it has ended' },
  )
  assert.ok(parts.size > 3, `the bar told ${[...parts]} %`)
  assert.doesNotMatch(terminal.screen(), /\[#|items,/)
  assert.equal(readFileSync(inFolder('results.ndjson'), 'utf8').split('\n').length, items + 1)
})

test('map | head ends quietly in a terminal', { skip }, async (t) => {
  const { terminal, map } = await openFolder(t)
  terminal.type(`clear; ${map} | head -n 2; echo ended`)
  await poll(() => /^ended$/m.test(terminal.screen()), { deadline, what: 'it has ended' })
  // Both programs write to the same terminal: the bar may stand before what head writes.
  assert.match(terminal.screen(), /2\nended$/m)
  assert.doesNotMatch(terminal.screen(), /error|EPIPE|failed/i)
})

test('map draws no bar among results in the same terminal', { skip }, async (t) => {
  const { terminal, map } = await openFolder(t)
  terminal.type(`clear; ${map}; echo code $?`)
  await poll(() => /code 0/.test(terminal.screen()), { deadline, what: 'it has ended' })
  assert.match(terminal.screen(), /^794\n796\n798\ncode 0$/m)
  assert.doesNotMatch(terminal.screen(), /items,/)
})

test('Ctrl-C in a terminal is answered on a line of its own, and what ran is written', {
  skip,
}, async (t) => {
  const { terminal, inFolder, map } = await openFolder(t)
  terminal.type(`clear; ${map} > results.ndjson; echo code $?`)
  await poll(() => bar.test(terminal.screen()), { deadline, what: 'the bar is shown' })
  terminal.press('C-c')
  await poll(() => /code 130/.test(terminal.screen()), { deadline, what: 'it has ended' })
  assert.match(
    terminal.screen(),
    /^(\^C)?nworkers map: Finishing what runs; the same again ends it at once\.$/m,
  )
  const results = readFileSync(inFolder('results.ndjson'), 'utf8').trimEnd().split('\n')
  assert.deepEqual(
    results,
    results.map((_, index) => `${index * 2}`),
  )
})
