import type { Effect, FleetEvent } from '../../../src/arbiter/fleet/event.js'
import type { Fleet, Policy } from '../../../src/arbiter/fleet/state.js'
import { never } from './conduct.js'

/** A worker as seen from outside: by the events about it and the orders to it, not by the reducer's own record. */
export interface Life {
  readonly id: number
  readonly slot: number
  readonly generation: number
  readonly stage: 'starting' | 'loaded' | 'ready' | 'leaving'
  readonly spawnedAt: number
  readonly readyAt: number | undefined
  /** The last sign of life. */
  readonly heardAt: number
  /** It may be asked to leave from then on if it still boots. */
  readonly bootBy: number | undefined
  /** It may be killed from then on: it was asked to leave, or leaves by itself. */
  readonly endBy: number | undefined
  readonly examinedAt: number | undefined
  /** It is to end at once, since it has nothing to finish: unless it says that it is ready. */
  readonly ending: boolean
  readonly killed: boolean
}

/** How long a slot has to rest, as counted from outside. */
export interface Rest {
  readonly failures: number
  readonly lostAt: number
  readonly until: number
}

export interface History {
  readonly lives: Map<number, Life>
  readonly rests: Map<number, Rest>
  /** Since when nothing has happened that asks for patience before workers leave. */
  settledAt: number
  /** A look was asked for and not answered. */
  isLooking: boolean
}

/** One step of a fleet. */
export interface Step {
  readonly before: Fleet
  readonly event: FleetEvent
  readonly now: number
  readonly after: Fleet
  readonly effects: readonly Effect[]
}

type OrderType = 'drain' | 'quit' | 'examine' | 'kill'

/** What a step meant for the workers. Every life is as it was just before. */
export interface Facts {
  /** Workers that were wanted and failed, died, hung or left without being asked to. */
  readonly lost: Life[]
  /** Workers that are said to have missed the boot timeout. */
  readonly late: Life[]
  readonly spawned: { life: Life; restUntil: number; rankOfEffect: number }[]
  readonly orders: { type: OrderType; id: number; life: Life | undefined }[]
}

/** A step, what it meant for the workers, and the history up to and with it. */
export interface Transition extends Step {
  readonly facts: Facts
  readonly history: History
}

const noRest: Rest = {
  failures: 0,
  lostAt: Number.NEGATIVE_INFINITY,
  until: Number.NEGATIVE_INFINITY,
}

export function createHistory(): History {
  return { lives: new Map(), rests: new Map(), settledAt: 0, isLooking: false }
}

/** Whether the arbiter missed its wake by so much that it must have stood still itself. */
export function wasSuspended({ before, now }: Step): boolean {
  return now - before.wakeAt >= 1_000
}

/** Takes a step into the history and tells what happened in it. */
export function observe(history: History, step: Step): Facts {
  const { before, event, now, after, effects } = step
  const facts: Facts = { lost: [], late: [], spawned: [], orders: [] }
  if (wasSuspended(step)) forgive(history, now - before.now)
  if ('id' in event) hear(history, facts, event, now, after)
  if (event.type === 'address-needed') {
    const life = history.lives.get(event.id)
    const isBooting = life?.stage === 'starting' || life?.stage === 'loaded'
    // Clients know the first address once anything was ready, whatever others seek.
    const isSettled = event.wanted.how === 'first' && before.everReady
    if (isBooting && after.seeker && !isSettled)
      history.lives.set(life.id, { ...life, stage: 'leaving', ending: true })
    // It can't be had any more: a failure to boot.
    else hear(history, facts, { type: 'failed', id: event.id, failure: event.failure }, now, after)
  }
  // The worker may have gone by now, but its wish has failed.
  if (event.type === 'address-refused' && before.seeker?.id === event.seeker) {
    const { id, slot, generation } = before.seeker
    const life = { ...born({ type: 'spawn', id, slot, generation }, now, after.policy) }
    facts.lost.push(life)
    countLoss(history.rests, life, now)
  }
  for (const [rankOfEffect, effect] of effects.entries()) {
    if (effect.type === 'spawn') {
      const life = born(effect, now, after.policy)
      history.lives.set(effect.id, life)
      facts.spawned.push({ life, restUntil: restOf(history, effect.slot).until, rankOfEffect })
    } else if (effect.type === 'notice') {
      if (effect.notice.type === 'reload-started') history.rests.clear()
      if (effect.notice.type === 'boot-timeout') lateToBoot(history, facts, effect.notice.worker.id, now)
    } else if ('id' in effect) {
      obey(history, facts, effect, now, after.policy)
    }
  }
  if (event.type === 'looked') history.isLooking = false
  return facts
}

/** Takes into the history what the next step is judged by, and not this one. */
export function conclude(history: History, { now, after, effects }: Step): void {
  if (effects.some(({ type }) => type === 'look')) history.isLooking = true
  const isUnsettled =
    after.rollout || effects.some((effect) => effect.type === 'notice' && effect.notice.type === 'scaled')
  if (isUnsettled) history.settledAt = now
}

export function restOf(history: History, slot: number): Rest {
  return history.rests.get(slot) ?? noRest
}

function born({ id, slot, generation }: Effect & { type: 'spawn' }, now: number, policy: Policy): Life {
  return {
    id,
    slot,
    generation,
    stage: 'starting',
    spawnedAt: now,
    readyAt: undefined,
    heardAt: now,
    bootBy: policy.bootTimeout > 0 ? now + policy.bootTimeout : undefined,
    endBy: undefined,
    examinedAt: undefined,
    ending: false,
    killed: false,
  }
}

/** It is lost; the order to leave follows. */
function lateToBoot({ lives, rests }: History, { lost, late }: Facts, id: number, now: number): void {
  const life = lives.get(id)
  if (!life) return
  late.push(life)
  lost.push(life)
  countLoss(rests, life, now)
}

/** Nothing that happened while the arbiter stood still counts, as its workers stood still too. */
function forgive(history: History, span: number): void {
  const later = (time: number | undefined) => (time === undefined ? undefined : time + span)
  for (const life of history.lives.values()) {
    history.lives.set(life.id, {
      ...life,
      heardAt: life.heardAt + span,
      readyAt: later(life.readyAt),
      bootBy: later(life.bootBy),
      endBy: later(life.endBy),
      examinedAt: later(life.examinedAt),
    })
  }
}

function hear(
  { lives, rests }: History,
  { lost }: Facts,
  event: FleetEvent & { id: number },
  now: number,
  { policy, stop }: Fleet,
): void {
  const life = lives.get(event.id)
  if (!life) return
  const booting = life.stage === 'starting' || life.stage === 'loaded'
  const lose = () => {
    lost.push(life)
    countLoss(rests, life, now)
  }
  switch (event.type) {
    case 'loaded':
      if (life.stage === 'starting') lives.set(life.id, { ...life, stage: 'loaded', heardAt: now })
      return
    case 'ready':
      if (booting) lives.set(life.id, { ...life, stage: 'ready', heardAt: now, readyAt: now })
      // It had begun to serve before, and drains like any other; in a quick stop it gains no time by it.
      else if (life.ending && life.readyAt === undefined && !life.killed) {
        const endBy = stop?.quick ? life.endBy : now + policy.gracefulTimeout
        lives.set(life.id, { ...life, heardAt: now, readyAt: now, endBy })
      }
      return
    case 'beat':
      lives.set(life.id, { ...life, heardAt: now })
      if (servedAWhile(life, now) && life.spawnedAt >= (rests.get(life.slot) ?? noRest).lostAt)
        rests.delete(life.slot)
      return
    case 'failed':
      if (!booting) return
      lives.set(life.id, { ...life, stage: 'leaving', ending: true })
      lose()
      return
    case 'leaving':
      if (life.stage === 'leaving') return
      lives.set(life.id, {
        ...life,
        stage: 'leaving',
        heardAt: now,
        // A worker that was never ready has nothing to drain.
        ending: booting && event.reason === 'crash',
        endBy: now + (booting && event.reason === 'crash' ? 2_000 : policy.gracefulTimeout),
      })
      lose()
      return
    case 'exited':
    case 'spawn-failed':
      lives.delete(life.id)
      if (life.stage !== 'leaving') lose()
      return
  }
}

function obey(
  { lives, rests }: History,
  { lost, orders }: Facts,
  { type, id }: Effect & { type: OrderType },
  now: number,
  policy: Policy,
): void {
  const life = lives.get(id)
  orders.push({ type, id, life })
  if (!life) return
  const wasWanted = life.stage !== 'leaving'
  const leaving: Life = { ...life, stage: 'leaving' }
  if (type === 'drain') {
    const ending = life.readyAt === undefined
    lives.set(id, { ...leaving, ending, endBy: now + (ending ? 2_000 : policy.gracefulTimeout) })
  }
  if (type === 'quit')
    lives.set(id, { ...leaving, ending: true, endBy: Math.min(life.endBy ?? never, now + 2_000) })
  if (type === 'examine') lives.set(id, { ...leaving, examinedAt: now })
  if (type === 'kill') lives.set(id, { ...leaving, killed: true })
  if (wasWanted && (type === 'examine' || type === 'kill')) {
    lost.push(life)
    countLoss(rests, life, now)
  }
}

function servedAWhile(life: Life, now: number): boolean {
  return life.readyAt !== undefined && now - life.readyAt >= 5_000
}

function countLoss(rests: Map<number, Rest>, life: Life, now: number): void {
  const failures = servedAWhile(life, now) ? 0 : (rests.get(life.slot) ?? noRest).failures + 1
  const wait = failures === 0 ? 0 : Math.min(30_000, 250 * 2 ** (failures - 1))
  rests.set(life.slot, { failures, lostAt: now, until: now + wait })
}
