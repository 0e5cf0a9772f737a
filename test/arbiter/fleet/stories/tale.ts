import assert from 'node:assert/strict'
import type { Effect, Notice } from '../../../../src/arbiter/fleet/event.js'
import type { Worker } from '../../../../src/arbiter/fleet/state.js'
import { createWorld, isWhole, type World } from '../world.js'

/** A world whose workers have all booted and have proved themselves; what it did for that is in its trace. */
export function startedWorld(options: Parameters<typeof createWorld>[0]): World {
  const world = createWorld(options)
  world.send({ type: 'start' })
  becomesWhole(world)
  world.run(1_000)
  return world
}

/** Lets time pass until every slot has its one good worker and nothing is under way. */
export function becomesWhole(world: World, span = 600_000): void {
  assert.ok(
    world.until(() => isWhole(world.fleet()), span),
    `not whole: ${JSON.stringify(world.workers())}`,
  )
}

/** Lets time pass until the arbiter has ended, and gives its exit code and how long that took. */
export function ending(world: World, span = 600_000): { code: number | undefined; took: number } {
  const began = world.now()
  assert.ok(
    world.until(() => world.exitCode() !== undefined, span),
    `still there: ${JSON.stringify(world.workers())}`,
  )
  return { code: world.exitCode(), took: world.now() - began }
}

/** What was told of one kind, in order. */
export function told<Type extends Notice['type']>(world: World, type: Type): (Notice & { type: Type })[] {
  return world.notices().filter((notice): notice is Notice & { type: Type } => notice.type === type)
}

/** The orders of one kind, with the times they were given. */
export function ordered<Type extends Effect['type']>(
  world: World,
  type: Type,
  since = 0,
): { at: number; effect: Effect & { type: Type } }[] {
  return world
    .trace()
    .filter((entry): entry is { at: number; effect: Effect & { type: Type } } => entry.effect.type === type)
    .filter(({ at }) => at >= since)
}

/** The worker in this slot that is not leaving, the eldest if there are two. */
export function workerIn(world: World, slot: number): Worker {
  const worker = world
    .workers()
    .find((candidate) => candidate.slot === slot && candidate.reason === undefined)
  assert.ok(worker, `slot ${slot} has a worker`)
  return worker
}

/** The generation that is ready in each slot, slot by slot. */
export function generationsReady(world: World): number[] {
  return world
    .workers()
    .filter(({ state }) => state === 'ready')
    .sort((a, b) => a.slot - b.slot)
    .map(({ generation }) => generation)
}

/** How many workers are ready. */
export function readyCount(world: World): number {
  return generationsReady(world).length
}
