import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger, timestamp } from '../../src/observe/logger.js'

test('writes lines in the shape of gunicorn', () => {
  const lines: string[] = []
  const log = createLogger({
    style: () => ({ level: 'info', format: 'text' }),
    write: (line) => lines.push(line),
    pid: 30587,
  })
  log.info('Booting worker with pid: 30629 (slot 2)')
  assert.match(
    lines.join(''),
    /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\] \[30587\] \[INFO\] Booting worker with pid: 30629 \(slot 2\)\n$/,
  )
})

test('leaves out what is below the level', () => {
  const lines: string[] = []
  const log = createLogger({
    style: () => ({ level: 'warning', format: 'text' }),
    write: (line) => lines.push(line),
    pid: 1,
  })
  for (const level of ['debug', 'info', 'warning', 'error'] as const) log[level](level)
  assert.deepEqual(
    lines.map((line) => line.trim().split(' ').at(-1)),
    ['warning', 'error'],
  )
})

test('json: an object a line, whatever the text', () => {
  const lines: string[] = []
  const log = createLogger({
    style: () => ({ level: 'info', format: 'json' }),
    write: (line) => lines.push(line),
    pid: 7,
    now: () => new Date(Date.UTC(2026, 10, 22, 18, 5, 40, 123)),
  })
  log.error('a "quoted"\nstack \u2028 \u{1f600}')
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /^[ -~\u{1f600}]+\n$/u)
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    time: '2026-11-22T18:05:40.123Z',
    level: 'error',
    pid: 7,
    message: 'a "quoted"\nstack \u2028 \u{1f600}',
  })
})

test('says the offset from UTC with its sign and minutes', () => {
  const date = new Date(2026, 10, 22, 18, 5, 40)
  for (const [minutes, offset] of [
    [0, '+0000'],
    [-330, '+0530'],
    [210, '-0330'],
  ] as const) {
    date.getTimezoneOffset = () => minutes
    assert.equal(timestamp(date), `2026-11-22 18:05:40 ${offset}`)
  }
})
