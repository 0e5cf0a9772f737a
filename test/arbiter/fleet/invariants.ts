import { mostSought } from '../../../src/arbiter/fleet/address.js'
import { restOf, type Transition, wasSuspended } from './history.js'
import { scalingInvariants } from './scaling.js'
import { wakesInTime } from './wakes.js'
import { hasProved, leavingStates, pairsOf, readyIn, slotsOf, surgeOf, wantedIn } from './words.js'

/** Says what is wrong with a step, if anything is. */
export type Invariant = (transition: Transition) => string | undefined

/**
 * What nworkers does by itself leaves no slot unserved that was served: workers lost in the same step, slots given
 * up by TTOU and the final stop aside. (So while every slot is served no fewer than the target are ready. A
 * successor does not stand in for a dead neighbour, or a slot that can't boot would hold up every other.)
 */
export function servedSlotsStayServed({ before, after, facts }: Transition): string | undefined {
  if (after.stop?.released || surgeOf(after) === 0) return
  for (const slot of slotsOf(Math.min(before.target, after.target))) {
    const served = readyIn(before, slot)
    if (served.length === 0 || readyIn(after, slot).length > 0) continue
    const taken = served.filter(({ id }) => !facts.lost.some((life) => life.id === id))
    if (taken.length > 0) return `slot ${slot} lost its last ready worker ${taken[0]?.id}`
  }
  return
}

/** A ready worker is asked to leave only when another one in its slot has proved itself. */
export function retiredOnlyWhenReplaced(transition: Transition): string | undefined {
  const { after, facts } = transition
  for (const { type, id, life } of facts.orders) {
    if (type !== 'drain' || life?.stage !== 'ready' || life.slot >= after.target || after.stop) continue
    const proven = (slot: number) =>
      readyIn(after, slot).some((worker) => worker.id !== id && hasProved(transition, worker))
    if (proven(life.slot)) continue
    if (surgeOf(after) > 0) return `worker ${id} was asked to leave and no other one is proven`
    const others = slotsOf(after.target).filter((slot) => slot !== life.slot)
    if (!others.every(proven)) return `worker ${id} was asked to leave while another slot was not served`
  }
  return
}

/** At most one successor a slot, and no more of them than the surge; none in slots beyond the target. */
export function liveWithinSurge({ before, after }: Transition): string | undefined {
  if (after.stop?.released) return
  for (const worker of after.workers.values()) {
    if (worker.slot >= after.target && !leavingStates.has(worker.state))
      return `worker ${worker.id} is in slot ${worker.slot} of ${after.target}`
  }
  for (const slot of slotsOf(after.target)) {
    const present = wantedIn(after, slot).length
    if (present > 2) return `slot ${slot} has ${present} workers`
  }
  const [pairs, allowed] = [pairsOf(after), surgeOf(after)]
  // Target and surge may shrink under workers that are already there.
  if (pairs > allowed && pairs > pairsOf(before)) return `${pairs} successors, surge is ${allowed}`
  return
}

/** Recycling, when no other generation is on its way in or out, boots one successor at a time. */
export function recyclesOneAtATime({ before, after }: Transition): string | undefined {
  if (after.rollout || after.stop || pairsOf(after) <= pairsOf(before)) return
  const generations = new Set(
    slotsOf(after.target)
      .flatMap((slot) => wantedIn(after, slot))
      .map(({ generation }) => generation),
  )
  if (generations.size === 1 && pairsOf(after) > 1) return `${pairsOf(after)} workers are recycled at once`
  return
}

/** In a slot one worker at most is neither leaving, nor booting, nor still to prove itself. */
export function oneSettledASlot(transition: Transition): string | undefined {
  const { after } = transition
  if (after.stop) return
  for (const slot of slotsOf(after.target)) {
    const settled = readyIn(after, slot).filter((worker) => hasProved(transition, worker))
    if (settled.length > 1) return `slot ${slot} keeps ${settled.length} proven workers`
  }
  return
}

/** A rollout begins when none is under way, and ends once, as done or as failed. */
export function oneRolloutAtATime(transition: Transition): string | undefined {
  const { before, after, effects, facts } = transition
  let running = before.rollout !== undefined
  // What follows at once, another rollout or a recycling, may already have sent one of the proven workers away.
  const sentAway = facts.orders.filter(({ type }) => type === 'drain').map(({ id }) => id)
  const holds = (generation: number) => (slot: number) =>
    [...after.workers.values()].some(
      (worker) =>
        worker.slot === slot &&
        worker.generation === generation &&
        (worker.state === 'ready' || sentAway.includes(worker.id)) &&
        hasProved(transition, worker),
    )
  for (const effect of effects) {
    if (effect.type !== 'notice') continue
    const { type } = effect.notice
    if (type === 'reload-started') {
      if (running) return 'a rollout began during another one'
      running = true
    } else if (type === 'reload-done' || type === 'reload-failed') {
      if (!running) return `${type}, but there was no rollout`
      running = false
    }
    if (
      type === 'reload-done' &&
      !slotsOf(Math.min(before.target, after.target)).every(holds(effect.notice.generation))
    )
      return `generation ${effect.notice.generation} is said to be in place and is not`
  }
  if (running !== (after.rollout !== undefined)) return 'a rollout began or ended without a word'
  return
}

/** All are said to be ready when in every slot a worker of the good generation is. */
export function readyIsTrue({ after, effects }: Transition): string | undefined {
  for (const effect of effects) {
    if (effect.type !== 'notice' || effect.notice.type !== 'all-ready') continue
    const { generation, workers } = effect.notice
    const all = slotsOf(after.target).every((slot) =>
      readyIn(after, slot).some((worker) => worker.generation === after.generation),
    )
    if (!all || generation !== after.generation || workers !== after.target) return 'not all are ready'
  }
  return
}

/** What is spawned is the rollout's generation, or the good one; the good one changes by a finished rollout alone. */
export function generationsAgree({ before, after, effects, facts }: Transition): string | undefined {
  if (after.goal !== (after.rollout?.generation ?? after.generation)) return `goal is ${after.goal}`
  if (after.newest < before.newest || after.newest < after.goal) return `newest is ${after.newest}`
  const done = effects.flatMap((effect) =>
    effect.type === 'notice' && effect.notice.type === 'reload-done' ? [effect.notice.generation] : [],
  )
  if (after.generation !== (done.at(-1) ?? before.generation)) return `good is ${after.generation}`
  for (const { life } of facts.spawned) {
    if (![before.goal, after.goal, after.generation].includes(life.generation))
      return `worker ${life.id} is of generation ${life.generation}`
  }
  return
}

/** A slot whose workers die young is filled no faster than the back-off allows. */
export function respawnBacksOff({ now, facts }: Transition): string | undefined {
  for (const { life, restUntil } of facts.spawned) {
    if (now < restUntil) return `slot ${life.slot} rests for ${restUntil - now} ms more`
  }
  return
}

/** A slot that need not rest is filled at once: its worker had served a while, or it never had one. */
export function respawnsAtOnce({ now, after, history }: Transition): string | undefined {
  if (after.stop?.released || after.seeker) return
  for (const slot of slotsOf(after.appLoaded ? after.target : 1)) {
    if (wantedIn(after, slot).length > 0 || now < restOf(history, slot).until) continue
    const occupied = [...after.workers.values()].some((worker) => worker.slot === slot)
    if (surgeOf(after) > 0 || !occupied) return `slot ${slot} is empty and does not rest`
  }
  return
}

/** Until one worker has loaded the app, only slot 0 boots. */
export function firstBootsAlone({ before, event, facts }: Transition): string | undefined {
  const loaded = event.type === 'loaded' || event.type === 'ready' || before.appLoaded
  if (!loaded && facts.spawned.some(({ life }) => life.slot > 0))
    return 'others boot before the app is loaded'
  return
}

/** One address is bound at a time for workers that boot, and nothing boots until it is; nor do they ask for ever. */
export function addressesAreHeld({ before, event, after, effects, facts }: Transition): string | undefined {
  const wishes = effects.filter((effect) => effect.type === 'hold-address')
  if (wishes.length > 1) return 'several addresses are wanted at once'
  if (after.seeker && facts.spawned.length > 0) return 'a worker boots without its address'
  if (after.sought > mostSought) return 'an app goes round in circles'
  const [wish] = wishes
  if (!wish || event.type !== 'address-needed') return
  const serves = before.workers.get(wish.seeker)?.state === 'ready'
  if (!serves && before.seeker) return 'two workers that boot seek at once'
  if (!serves && wish.wanted.how === 'first' && before.everReady) return 'the address moves away from clients'
  return
}

/** Who misses the boot timeout has missed it, and is asked to leave: it may serve already. */
export function lateOnesLeave({ now, facts }: Transition): string | undefined {
  for (const { id, readyAt, bootBy } of facts.late) {
    if (readyAt !== undefined || bootBy === undefined || now < bootBy)
      return `worker ${id} was not late to boot`
    const orders = facts.orders.filter((order) => order.id === id)
    if (orders[0]?.type !== 'drain') return `worker ${id} is late to boot and was told to ${orders[0]?.type}`
  }
  return
}

/** In a pause nobody comes and nobody stays; it ends with a reload or a wish for more. */
export function pauseIsEmpty({ before, event, after, effects, facts }: Transition): string | undefined {
  if (after.paused === undefined) {
    const ends = event.type === 'reload' || event.type === 'scale'
    return before.paused === undefined || ends ? undefined : 'the pause ended by itself'
  }
  if (after.stop === undefined && (after.target > 0 || after.rollout || after.reloadQueued))
    return 'a pause is not empty'
  if (effects.some((effect) => effect.type === 'notice' && effect.notice.type === 'reload-done'))
    return 'a rollout is done without a worker'
  if (after.paused < 1) return 'nobody comes back from the pause'
  const stays = [...after.workers.values()].find(({ state }) => !leavingStates.has(state))
  if (stays) return `worker ${stays.id} stays in a pause`
  return facts.spawned.length > 0 ? 'a worker is spawned in a pause' : undefined
}

/** An arbiter whose sockets another one serves on neither gives them up nor answers what is queued there. */
export function othersServeOn({ after, effects }: Transition): string | undefined {
  if (!after.stop?.servedOn) return
  const last = effects.some((effect) => effect.type === 'drain' && effect.last)
  const released = effects.some(({ type }) => type === 'release-listeners')
  return last || released ? 'the sockets of another arbiter are given up' : undefined
}

/** A worker is killed only when it hung, or was late to leave; and the reason is said. */
export function killsAreDue({ now, event, after, effects, facts }: Transition): string | undefined {
  if (effects.some((effect) => effect.type === 'kill' && !effect.reason)) return 'a kill without a reason'
  for (const { type, id, life } of facts.orders) {
    if (type !== 'kill' || !life) continue
    const late = life.endBy !== undefined && now >= life.endBy
    const examined =
      life.examinedAt !== undefined &&
      (event.type === 'examined' || now >= life.examinedAt + 3_000 || after.stop?.quick === true)
    if (!late && !examined) return `worker ${id} was killed too soon`
  }
  return
}

/**
 * A worker is told to end at once by a quick stop alone: else it is drained, also while it boots, for it may have begun to
 * serve and the word of that be on its way.
 */
export function workersDrain({ after, facts }: Transition): string | undefined {
  const rude = facts.orders.find(({ type, life }) => type === 'quit' && life?.stage !== 'leaving')
  return rude && !after.stop?.quick ? `worker ${rude.id} had no time to drain` : undefined
}

/** Nobody is called hung who was heard from within the timeout. */
export function onlySilentWorkersHang({ now, after, facts }: Transition): string | undefined {
  const { timeout } = after.policy
  for (const { type, id, life } of facts.orders) {
    if (type !== 'examine' || !life) continue
    if (timeout === 0 || now - life.heardAt < timeout) return `worker ${id} is called hung and is not`
  }
  return
}

/** Time in which the arbiter stood still is held against nobody. */
export function suspensionIsForgiven(transition: Transition): string | undefined {
  const { event, after, facts } = transition
  if (!wasSuspended(transition) || event.type === 'examined' || event.type === 'reload') return
  if (after.stop?.quick) return
  const blamed = facts.orders.find(({ type }) => type === 'examine' || type === 'kill')
  return blamed ? `worker ${blamed.id} pays for a suspension` : undefined
}

/** Each order goes to a worker that is there, and once; a spawn has an id of its own. */
export function ordersMakeSense({ before, facts }: Transition): string | undefined {
  for (const { type, id, life } of facts.orders) {
    if (!life) return `${type} for worker ${id}, who is not there`
    const again =
      life.killed ||
      (type === 'drain' && life.stage === 'leaving') ||
      (type === 'examine' && life.examinedAt !== undefined)
    if (again) return `${type} for worker ${id}, who is beyond that`
  }
  for (const [index, { life }] of facts.spawned.entries()) {
    if (life.id !== before.nextId + index) return `worker id ${life.id} is not the next one`
  }
  return
}

/** Once the final stop gave the listeners up, which it does once, nobody is spawned. */
export function nothingSpawnsAfterRelease({ before, effects, facts }: Transition): string | undefined {
  const releases = effects.flatMap(({ type }, rank) => (type === 'release-listeners' ? [rank] : []))
  const released = before.stop?.released ?? false
  if (releases.length > (released ? 0 : 1)) return 'the listeners were released twice'
  const late = facts.spawned.find(({ rankOfEffect }) => released || rankOfEffect > (releases[0] ?? Infinity))
  return late && `worker ${late.life.id} was spawned with no listener to serve`
}

/** The arbiter exits once, as soon as no worker is left after the release and not before; then nothing follows. */
export function exitsOnceAndLast({ before, after, effects }: Transition): string | undefined {
  const exits = effects.filter(({ type }) => type === 'exit').length
  if (before.exited && effects.length > 0) return `${effects[0]?.type} after the exit`
  if (exits > 1) return 'it exits twice'
  if (exits === 1 && after.workers.size > 0) return `it exits with ${after.workers.size} workers left`
  if (exits === 1 && effects.at(-1)?.type !== 'exit') return 'the exit is not the last thing'
  const over = after.stop?.released === true && after.workers.size === 0
  if (over !== after.exited) return over ? 'it does not exit' : 'it exits before the release'
  return
}

/** Every invariant of a single step; the names tell what failed. */
export const invariants: readonly Invariant[] = [
  servedSlotsStayServed,
  retiredOnlyWhenReplaced,
  liveWithinSurge,
  recyclesOneAtATime,
  oneSettledASlot,
  oneRolloutAtATime,
  readyIsTrue,
  generationsAgree,
  respawnBacksOff,
  respawnsAtOnce,
  firstBootsAlone,
  addressesAreHeld,
  lateOnesLeave,
  pauseIsEmpty,
  othersServeOn,
  killsAreDue,
  workersDrain,
  onlySilentWorkersHang,
  suspensionIsForgiven,
  ordersMakeSense,
  nothingSpawnsAfterRelease,
  exitsOnceAndLast,
  wakesInTime,
  ...scalingInvariants,
]
