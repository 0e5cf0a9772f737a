import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Crash } from './crashes.js'
import { findOddities } from './oddities.js'
import { createStory } from './story.js'

/** The oddities of a server that said one line a second; a broken app was on disk from second `from` to `to`. */
function oddities(
  lines: string[],
  { crashes = [] as Crash[], broken = [] as number[], stoppedAt = 60_000 } = {},
): string[] {
  const story = createStory()
  lines.forEach((text, second) => {
    story.take({ at: second * 1000, text: `[2026-01-01 00:00:00 +0000] [1] [INFO] ${text}` })
  })
  const [start = Number.POSITIVE_INFINITY, end = 0] = broken
  const wasBroken = (from: number, to: number) => start * 1000 <= to && end * 1000 >= from
  return findOddities(story, { crashes, wasBroken, stoppedAt }).map(({ text }) => text)
}

const boot = 'Booting worker with pid: 7 (slot 2)'
const begun = 'Reload: generation 2 replaces generation 1'
const failed = 'Reload: generation 2 failed: boot-failure, it threw; generation 1 stays'

test('workers that were let go are nothing odd', () => {
  for (const reason of ['reload', 'scale', 'stop', 'max-requests']) {
    assert.deepEqual(oddities([boot, `Worker 7 (slot 2) exited: ${reason} (exit code 0)`]), [])
  }
})

test('a worker that died is odd unless the driver made it die', () => {
  const lines = [
    boot,
    'Worker 7 (slot 2) exited: hung (signal SIGKILL); next try in 0.3 s, failure 1 in a row',
  ]
  assert.deepEqual(oddities(lines), ['worker 7 (slot 2) exited without a cause: hung'])
  assert.deepEqual(
    oddities(lines, { crashes: [{ how: 'stop', at: 500, worker: { pid: 7, from: 0, to: 1_000 } }] }),
    [],
  )
})

test('a failed boot is odd unless a broken app was on disk', () => {
  const lines = [boot, 'Worker 7 (slot 2) exited: boot-failure (exit code 3)']
  assert.equal(oddities(lines).length, 1)
  assert.deepEqual(oddities(lines, { broken: [0, 5] }), [])
})

test('a worker that read the broken app may be told of after the app was mended, but not long after', () => {
  const late = ['', '', boot, begun, 'Worker 7 (slot 2) exited: boot-failure (exit code 3)', failed]
  assert.deepEqual(oddities(late, { broken: [0, 2] }), [])
  assert.equal(oddities(late, { broken: [0, 0.9] }).length, 2)
})

test('a reload that was rolled back is odd without a broken app, a crash or the end', () => {
  const lines = [begun, boot, failed]
  assert.equal(oddities(lines).length, 1)
  assert.equal(oddities(lines, { broken: [3, 5] }).length, 1)
  assert.deepEqual(oddities(lines, { broken: [0, 5] }), [])
  assert.deepEqual(
    oddities(lines, { crashes: [{ how: 'kill', at: 1_500, worker: { pid: 7, from: 1_000, to: 2_000 } }] }),
    [],
  )
  assert.deepEqual(oddities(lines, { stoppedAt: 1_500 }), [])
})

test('a worker that had to be killed when it left is odd', () => {
  const lines = [boot, 'Worker 7 (slot 2) did not leave within the graceful timeout and is killed.']
  assert.deepEqual(oddities(lines), ['worker 7 did not leave in time'])
})

test('the story tells who lives, what is wanted and whether a reload is on', () => {
  const story = createStory()
  const say = (text: string) => story.take({ at: 1, text })
  say(boot)
  say('Workers: 3 before, 4 now')
  assert.deepEqual(
    story.alive().map(({ pid, slot }) => [pid, slot]),
    [[7, 2]],
  )
  assert.deepEqual(story.targets, [4])
  assert.equal(story.isReloading(), false)
  say(begun)
  assert.equal(story.isReloading(), true)
  say('Reload: another one follows the one that is running')
  say('Reload: generation 2 serves, after 1 s')
  assert.equal(story.isReloading(), true)
  say('Reload: generation 3 replaces generation 2')
  say('Reload: generation 3 serves, after 1 s')
  assert.equal(story.isReloading(), false)
})
