import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { addresses, publicPort } from '../../src/settings/addresses.js'
import { count, surge, workerCount } from '../../src/settings/count.js'
import { directory } from '../../src/settings/directory.js'
import { duration, positiveDuration } from '../../src/settings/duration.js'
import { size } from '../../src/settings/size.js'
import { boolean, choice, shown, text } from '../../src/settings/text.js'
import { optional, type ValueType } from '../../src/settings/value.js'
import { variables } from '../../src/settings/variables.js'

const cwd = mkdtempSync(join(tmpdir(), 'nworkers-value-'))
writeFileSync(join(cwd, 'file'), '')
after(() => rmSync(cwd, { recursive: true }))

const reading = { cwd, cpus: () => 6, reject: (given: string) => new RangeError(`rejected ${given}`) }
const read = (type: ValueType<unknown>, ...texts: string[]) => type.read(texts, reading)

interface Case {
  name: string
  type: ValueType<unknown>
  /** What each text is read as. */
  right: Record<string, unknown>
  wrong: string[]
}

const cases: Case[] = [
  {
    name: 'duration',
    type: duration,
    right: {
      30: 30_000,
      '500ms': 500,
      '30s': 30_000,
      '2m': 120_000,
      '1h': 3_600_000,
      '1.5': 1500,
      '0.25s': 250,
      '1.1s': 1100,
      0: 0,
      '0ms': 0,
      2147483: 2_147_483_000,
    },
    wrong: ['', 'x', '-1', '1d', '1 s', '1e3', '.5', '30S', 'Infinity', '0.1ms', '2147484', '600h', '5m30s'],
  },
  { name: 'positive duration', type: positiveDuration, right: { '1ms': 1 }, wrong: ['0', '0s', '-1'] },
  {
    name: 'size',
    type: size,
    right: {
      1000: 1000,
      '1K': 1024,
      '512M': 536_870_912,
      '512MiB': 536_870_912,
      '512m': 536_870_912,
      '1G': 1_073_741_824,
      '1.5G': 1_610_612_736,
      '2T': 2_199_023_255_552,
      0: 0,
    },
    wrong: ['', '1X', '1MB', '-1', '0.5', '1 G', 'G', '1e9', '9999999T'],
  },
  {
    name: 'count from 1 to 9',
    type: count(1, 9),
    right: { 1: 1, 9: 9, '05': 5 },
    wrong: ['0', '10', '1.5', '-1', '0x1', '', ' 1', '1e0'],
  },
  {
    name: 'number of workers',
    type: workerCount,
    right: { 1: 1, 64: 64, auto: 6 },
    wrong: ['0', '-1', 'Auto', '1.5', '', 'max', '99999999999999999999'],
  },
  {
    name: 'surge',
    type: surge,
    right: {
      0: { kind: 'workers', workers: 0 },
      3: { kind: 'workers', workers: 3 },
      '25%': { kind: 'percent', percent: 25 },
      '100%': { kind: 'percent', percent: 100 },
    },
    wrong: ['', '%', '101%', '-1', '1.5%', '1 %'],
  },
  {
    name: 'boolean',
    type: boolean,
    right: { true: true, False: false, 1: true, 0: false, yes: true, NO: false, on: true, off: false },
    wrong: ['', '2', 'maybe', 'constructor'],
  },
  {
    name: 'choice of info and error',
    type: choice('LEVEL', ['info', 'error']),
    right: { info: 'info', ERROR: 'error' },
    wrong: ['', 'inf', 'warn'],
  },
  { name: 'text', type: text('NAME'), right: { a: 'a', ' ': ' ', '0': '0' }, wrong: ['', 'a\0b'] },
  {
    name: 'directory',
    type: directory,
    right: { '.': cwd, [cwd]: cwd, './x/..': cwd, '/': '/' },
    wrong: ['', 'file', 'nowhere', 'file/x', 'a\0b'],
  },
  {
    name: 'list of variables',
    type: variables,
    right: {
      'A=1': { A: '1' },
      'A=': { A: '' },
      'A=b=c': { A: 'b=c' },
      'A= ': { A: ' ' },
      '__proto__=x': Object.fromEntries([['__proto__', 'x']]),
    },
    wrong: ['', 'A', '=1', 'A=\0'],
  },
  {
    name: 'list of addresses',
    type: addresses,
    right: { ':80': [{ kind: 'tcp', host: '0.0.0.0', port: 80 }], 'unix:a': [{ kind: 'unix', path: 'a' }] },
    wrong: ['', 'localhost'],
  },
  {
    name: 'public port',
    type: publicPort,
    right: { 3000: [{ kind: 'tcp', host: '0.0.0.0', port: 3000 }] },
    wrong: ['', '65536', ':80', 'http', 'tcp://10.0.0.1:80'],
  },
]

for (const { name, type, right, wrong } of cases) {
  for (const [given, value] of Object.entries(right)) {
    test(`${name}: ${JSON.stringify(given)} is read`, () => {
      assert.deepEqual(read(type, given), value)
    })
    test(`${name}: what ${JSON.stringify(given)} became is written so that it is read again`, () => {
      assert.deepEqual(read(type === publicPort ? addresses : type, type.write(value)), value)
    })
  }
  for (const given of wrong) {
    test(`${name}: ${JSON.stringify(given)} is rejected`, () => {
      assert.throws(() => read(type, given), { message: `rejected ${given}` })
    })
  }
}

test('of a value given twice the last one counts, and both must be right', () => {
  assert.equal(read(duration, '1', '2'), 2000)
  assert.throws(() => read(duration, 'x', '2'), { message: 'rejected x' })
})

test('a repeated value gathers all, the later one of two with the same key', () => {
  assert.deepEqual(read(variables, 'A=1', 'B=2', 'A=3'), { A: '3', B: '2' })
  assert.deepEqual(read(variables), {})
  assert.equal((read(addresses, '1', '2') as unknown[]).length, 2)
  assert.throws(() => read(addresses, '1', 'x', '2'), { message: 'rejected x' })
})

test('an optional value may be missing', () => {
  const type = optional(text('FILE'))
  assert.equal(read(type), undefined)
  assert.equal(type.write(undefined), '')
  assert.equal(read(type, 'a'), 'a')
})

test('durations and sizes are written for people', () => {
  assert.equal(duration.write(90_000), '90s')
  assert.equal(duration.write(1500), '1500ms')
  assert.equal(size.write(1_610_612_736), '1536M')
  assert.equal(size.write(1), '1')
})

test('a message shows odd texts in quotes', () => {
  assert.equal(shown('a b'), 'a b')
  assert.equal(shown(''), '""')
  assert.equal(shown('a\nb'), '"a\\nb"')
  assert.equal(shown('\u001b[31m'), '"\\u001b[31m"')
})
