import type { BeatMessage } from '../ipc/messages.js'
import type { Fleet } from './fleet/state.js'

/** Has workers give up connections that others have too few of. */
export interface Evening {
  /** A worker has told of its connections. */
  heard(id: number, said: Pick<BeatMessage, 'connections' | 'accepted'>, fleet: Fleet): void
}

/** With fewer connections than this a worker, on average, what is uneven soon changes by itself. */
const leastShare = 4

/**
 * Who serves a connection is decided once, by which of the idle workers the kernel wakes first. That evens out where there
 * are many connections and where they are short; a few long ones stay as they fell. So a worker that has more than its
 * share is asked to end some after their next answer: they come back by the shared queue. What was said of others may be
 * as old as a beat, and where a connection falls is chance, so it takes some beats; then nobody is asked any more.
 */
export function createEvening(ask: (id: number, surplus: number) => void): Evening {
  const counts = new Map<number, number>()
  const accepted = new Map<number, number>()
  const asked = new Set<number>()

  function heard(
    id: number,
    { connections, accepted: acceptedNow }: Pick<BeatMessage, 'connections' | 'accepted'>,
    fleet: Fleet,
  ): void {
    // Where half are younger than a beat they even out by themselves.
    const areLong = (acceptedNow - (accepted.get(id) ?? 0)) * 2 < connections
    counts.set(id, connections)
    accepted.set(id, acceptedNow)
    for (const known of counts.keys()) if (fleet.workers.get(known)?.state !== 'ready') forget(known)
    if (!counts.has(id)) return
    // Those who come or go in a rollout have their connections to come or to go.
    const isSettled = fleet.rollout === undefined && counts.size === fleet.target
    const surplus = isSettled && areLong ? surplusOf(connections, [...counts.values()]) : 0
    if (surplus === 0 && !asked.delete(id)) return
    if (surplus > 0) asked.add(id)
    ask(id, surplus)
  }

  function forget(id: number): void {
    counts.delete(id)
    accepted.delete(id)
    asked.delete(id)
  }

  return { heard }
}

/**
 * How many of its connections a worker has too many, beside those of all. A twentieth of a share counts as even: where
 * there are many, some always come and go.
 */
export function surplusOf(own: number, all: readonly number[]): number {
  const share = all.reduce((sum, count) => sum + count, 0) / all.length
  const fair = Math.ceil(share)
  if (share < leastShare || own <= fair + Math.floor(share / 20)) return 0
  return own - fair
}
