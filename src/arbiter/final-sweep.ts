/**
 * The end of the arbiter's own copies of the listening sockets at the final stop.
 *
 * They stay open until one worker has found the queue empty: then all that was queued before the stop has been taken,
 * since the queue is one for all. A worker that is full may ask for copies until then, also when all are. Nobody else
 * waits: at most the one that tells it goes on accepting until the copies are closed.
 */
export interface FinalSweep {
  /** The stop has come. Whoever is to take part is asked right after this, in the same turn. */
  begin(): void
  /** Whether a worker that is asked to leave takes part; it does from now on. */
  ask(id: number): boolean
  /** A worker has found the queue empty. */
  foundEmpty(): void
  /** A worker has gone. */
  forget(id: number): void
}

/** @param release - closes the copies, and tells these workers */
export function createFinalSweep(release: (asked: readonly number[]) => void): FinalSweep {
  const asked = new Set<number>()
  let state: 'ahead' | 'going' | 'over' = 'ahead'

  function end(): void {
    if (state !== 'going') return
    state = 'over'
    release([...asked])
  }

  function endIfAlone(): void {
    if (asked.size === 0) end()
  }

  return {
    begin() {
      state = 'going'
      queueMicrotask(endIfAlone)
    },
    ask(id) {
      if (state === 'going') asked.add(id)
      return asked.has(id)
    },
    foundEmpty: end,
    forget(id) {
      if (asked.delete(id)) endIfAlone()
    },
  }
}
