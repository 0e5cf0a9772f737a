import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSchedule, faults, type Scheduled } from './schedule.js'

const usual = { seed: 1, seconds: 300, workers: 4, mode: 'crash', bootTimeout: 5_000 } as const

function types(schedule: Scheduled[]): Set<string> {
  return new Set(schedule.map(({ action }) => action.type))
}

test('the schedule is the same for the same seed, and another for another', () => {
  assert.deepEqual(createSchedule(usual), createSchedule(usual))
  assert.notDeepEqual(createSchedule(usual), createSchedule({ ...usual, seed: 2 }))
})

test('a calm run has no crashes, a crash run has every action', () => {
  assert.deepEqual([...types(createSchedule({ ...usual, mode: 'calm' }))].sort(), [
    'deploy',
    'reload',
    'scale',
  ])
  assert.deepEqual([...types(createSchedule(usual))].sort(), [
    'deploy',
    'kill',
    'pause',
    'reload',
    'scale',
    'spin',
    'stop',
  ])
})

test('every fault is deployed, and in the end a good app is on disk', () => {
  const deploys = createSchedule(usual).flatMap(({ action }) => (action.type === 'deploy' ? [action] : []))
  const found = new Set(deploys.flatMap(({ fault }) => fault ?? []))
  assert.deepEqual([...found].sort(), [...faults].sort())
  for (const seed of [1, 2, 3, 4, 5]) {
    const last = createSchedule({ ...usual, seed, seconds: 20 }).findLast(
      ({ action }) => action.type === 'deploy',
    )
    assert.ok(last === undefined || (last.action.type === 'deploy' && last.action.fault === undefined))
  }
})

test('scaling stays within two of the beginning and never asks for less than one worker', () => {
  for (const workers of [1, 2, 4]) {
    let count: number = workers
    for (const { action } of createSchedule({ ...usual, workers })) {
      if (action.type === 'scale') count += action.signal === 'SIGTTIN' ? 1 : -1
      assert.ok(count >= Math.max(1, workers - 2) && count <= workers + 2, `${count} of ${workers}`)
    }
  }
})

test('the times rise and do not pass the end', () => {
  const schedule = createSchedule(usual)
  for (const [index, { at }] of schedule.entries()) {
    assert.ok(at >= (schedule[index - 1]?.at ?? 0) && at <= usual.seconds * 1000)
  }
})
