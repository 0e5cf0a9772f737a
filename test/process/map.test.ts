import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { projectFolder, temporaryFolder } from './harness/application.js'
import { recordOutput } from './harness/output.js'
import { poll, within } from './harness/poll.js'
import { isAlive } from './harness/processes.js'
import { serverNode } from './harness/server.js'

const functions = {
  'functions.mjs': `
export const square = (number) => number ** 2
export const same = (item) => item
export const slow = async (number) => { await new Promise((resolve) => setTimeout(resolve, 5)); return number * 2 }
export const poisoned = (number) => { if (number === 7) process.kill(process.pid, 'SIGKILL'); return number }
export const fails = (number) => { if (number === 7) throw new RangeError('seven'); console.log('noise'); return number }
`,
  'broken.mjs': 'throw new Error("broken on purpose")',
}

const bin = path.join(projectFolder, 'bin/nworkers.js')
const deadline = 60_000

interface Run {
  child: ChildProcess
  stdout(): string
  stderr(): string
  exit: Promise<number | string | null>
}

/** Starts `nworkers map`; the input ends where `input` is given, else it stays open. */
function start(t: TestContext, cwd: string, args: string[], input?: string): Run {
  const child = spawn(serverNode, [bin, 'map', ...args], { cwd, stdio: 'pipe' })
  t.after(() => child.kill('SIGKILL'))
  child.stdin.on('error', () => {})
  if (input !== undefined) child.stdin.end(input)
  const stdout = recordOutput(child.stdout)
  const stderr = recordOutput(child.stderr)
  const exit = new Promise<number | string | null>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  return { child, stdout: stdout.text, stderr: stderr.text, exit }
}

async function run(t: TestContext, cwd: string, args: string[], input: string) {
  const { exit, stdout, stderr } = start(t, cwd, args, input)
  const code = await within(exit, { deadline, what: `map ${args.join(' ')} ends` })
  return { code, stdout: stdout(), stderr: stderr() }
}

const numbers = (length: number) => Array.from({ length }, (_, number) => `${number}\n`).join('')
const doubled = (length: number) => Array.from({ length }, (_, number) => `${number * 2}\n`).join('')

for (const backend of ['threads', 'processes']) {
  test(`map on ${backend}: results in the order of the items`, async (t) => {
    const { folder } = temporaryFolder(t, functions)
    const expected = Array.from({ length: 5000 }, (_, number) => `${number ** 2}\n`).join('')
    const args = ['-j', '2', '--backend', backend, 'functions.mjs:square']
    assert.deepEqual(await run(t, folder, args, numbers(5000)), { code: 0, stdout: expected, stderr: '' })
  })
}

test('map reads CSV with quoted lines, and plain lines', async (t) => {
  const { folder } = temporaryFolder(t, functions)
  const csv = 'name,text\r\nAda,"a ""quoted"", line\nand another"\r\nBob,plain\r\nEve\r\n'
  const rows = await run(t, folder, ['-j1', '--from', 'csv', 'functions.mjs:same'], csv)
  assert.deepEqual(rows.stdout.split('\n'), [
    '{"name":"Ada","text":"a \\"quoted\\", line\\nand another"}',
    '{"name":"Bob","text":"plain"}',
    '{"error":"Line 5 failed: SyntaxError: The row has 1 fields, but there are 2 columns","line":5}',
    '',
  ])
  assert.equal(rows.code, 1)
  const lines = await run(t, folder, ['-j1', '--from=lines', 'functions.mjs:same'], 'a\n\nlast')
  assert.deepEqual(lines, { code: 0, stdout: '"a"\n""\n"last"\n', stderr: '' })
})

test('map: a poisoned item and one that is no JSON are reported with their lines, the rest goes on', async (t) => {
  const { folder } = temporaryFolder(t, functions)
  const input = numbers(50).replace('\n30\n', '\n{30\n')
  const end = await run(t, folder, ['-j', '2', '--backend', 'processes', 'functions.mjs:poisoned'], input)
  const lines = end.stdout.trimEnd().split('\n')
  assert.equal(end.code, 1)
  assert.match(lines[7] ?? '', /^\{"error":"Line 8 failed: .*was killed by SIGKILL","line":8\}$/)
  assert.match(lines[30] ?? '', /^\{"error":"Line 31 failed: SyntaxError: .*","line":31\}$/)
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('{')),
    Array.from({ length: 50 }, (_, number) => `${number}`).filter((text) => text !== '7' && text !== '30'),
  )
  assert.match(end.stderr, /^nworkers map: Line 8 failed: .*\nnworkers map: Line 31 failed: /m)
  assert.match(end.stderr, /2 of 50 items failed/)
})

test('map: what the function prints does not get into the results', async (t) => {
  const { folder } = temporaryFolder(t, functions)
  for (const backend of ['threads', 'processes']) {
    const end = await run(t, folder, ['--backend', backend, 'functions.mjs:fails'], '1\n2\n')
    assert.equal(end.stdout, '1\n2\n')
  }
})

const mistakes: [args: string[], code: number, stderr: RegExp][] = [
  [[], 2, /No function is given/],
  [['-j', '0', 'functions.mjs:same'], 2, /Invalid value for --jobs: 0\. Expected a whole number/],
  [['--from', 'xml', 'functions.mjs:same'], 2, /Expected ndjson, csv or lines/],
  [['--bakend', 'x', 'functions.mjs:same'], 2, /bakend/],
  [['broken.mjs'], 3, /broken on purpose/],
  [['functions.mjs:sqare'], 4, /Did you mean functions\.mjs:square\?/],
]

test('map: mistakes are sentences with exit codes', async (t) => {
  const { folder } = temporaryFolder(t, functions)
  for (const [args, code, stderr] of mistakes) {
    const end = await run(t, folder, args, '1\n')
    assert.deepEqual({ code: end.code, stdout: end.stdout }, { code, stdout: '' }, args.join(' '))
    assert.match(end.stderr, stderr)
  }
})

for (const backend of ['threads', 'processes']) {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(`map on ${backend}: ${signal} finishes what runs and ends with ${code}`, async (t) => {
      const { folder } = temporaryFolder(t, functions)
      const mapping = start(t, folder, ['-j', '2', '--backend', backend, 'functions.mjs:slow'])
      // Open at its end: only the signal can end it.
      mapping.child.stdin?.write(numbers(20_000))
      await poll(() => mapping.stdout().length > 100, { deadline, what: 'there are results' })
      mapping.child.kill(signal)
      assert.equal(await within(mapping.exit, { deadline, what: 'it ends' }), code)
      const count = mapping.stdout().split('\n').length - 1
      assert.equal(mapping.stdout(), doubled(count), 'each result is whole and there once')
      assert.ok(count < 20_000)
    })
  }
}

test('map: Ctrl-C reaches the whole group and still loses nothing that runs', async (t) => {
  const { folder } = temporaryFolder(t, functions)
  const args = [bin, 'map', '-j', '2', '--backend', 'processes', 'functions.mjs:slow']
  const child = spawn(serverNode, args, { cwd: folder, stdio: 'pipe', detached: true })
  t.after(() => child.kill('SIGKILL'))
  child.stdin.on('error', () => {})
  const stdout = recordOutput(child.stdout)
  const exit = new Promise((resolve) => child.once('close', resolve))
  child.stdin.write(numbers(20_000))
  await poll(() => stdout.text().length > 100, { deadline, what: 'there are results' })
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
  assert.equal(await within(exit, { deadline, what: 'it ends' }), 130)
  assert.equal(stdout.text(), doubled(stdout.text().split('\n').length - 1))
})

test('map --resume goes on after SIGKILL, and no item is written twice', async (t) => {
  const { folder, path: inFolder } = temporaryFolder(t, functions)
  const results = inFolder('results.ndjson')
  const args = ['-j', '2', '--resume', 'results.ndjson', 'functions.mjs:slow']
  const length = () => readFileSync(results, { encoding: 'utf8', flag: 'a+' }).length
  for (let crash = 0; crash < 2; crash++) {
    const before = length()
    const mapping = start(t, folder, args, numbers(600))
    await poll(() => length() > before + 50, { deadline, what: 'there are more results' })
    mapping.child.kill('SIGKILL')
    await within(mapping.exit, { deadline, what: 'it is dead' })
    // A crash may leave half a line.
    appendFileSync(results, '12')
  }
  const end = await run(t, folder, args, numbers(600))
  assert.deepEqual(end, { code: 0, stdout: '', stderr: '' })
  assert.equal(readFileSync(results, 'utf8'), doubled(600))
  const foreign = await run(t, folder, args, numbers(5))
  assert.equal(foreign.code, 2)
  assert.match(foreign.stderr, /has 600 results, but the input has only 5 items/)
})

test('map into a reader that leaves, as head does, ends quietly and soon', async (t) => {
  const { folder } = temporaryFolder(t, functions)
  const mapping = start(t, folder, ['-j', '2', 'functions.mjs:square'])
  const feed = () => {
    while (mapping.child.stdin?.write(numbers(1000)));
  }
  mapping.child.stdin?.on('drain', feed)
  feed()
  await poll(() => mapping.stdout().length > 100, { deadline, what: 'there are results' })
  mapping.child.stdout?.destroy()
  assert.equal(await within(mapping.exit, { deadline, what: 'it ends' }), 0)
  assert.equal(mapping.stderr(), '')
  assert.equal(isAlive(mapping.child.pid ?? 0), false)
})

test('map -v tells its progress in lines', async (t) => {
  const { folder } = temporaryFolder(t, functions)
  const { stderr } = await run(t, folder, ['-v', '-j', '2', 'functions.mjs:square'], numbers(3000))
  assert.match(stderr, /^\[nworkers, 2 jobs\] 1 done \| elapsed: [\d.]+ s$/m)
  assert.match(stderr, /^\[nworkers, 2 jobs\] 3000 done \| elapsed: [\d.]+ s$/m)
})

test('the example classifies digits offline with the code that serves them', async (t) => {
  const { image } = JSON.parse(
    readFileSync(path.join(projectFolder, 'examples/inference-app/seven.json'), 'utf8'),
  )
  const input = [{ image }, image, { image: [1, 2] }, { image }].map((item) => `${JSON.stringify(item)}\n`)
  const end = await run(t, projectFolder, ['-j', '2', 'examples/inference-app:predict'], input.join(''))
  const labels = end.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).label)
  assert.deepEqual(labels, [7, 7, undefined, 7])
  assert.match(end.stdout, /Line 3 failed: .*has 2 numbers; it must have 784/)
  assert.equal(end.code, 1)
})
