import { type Crash, isIn, logDelay } from './crashes.js'
import type { Story, WorkerStory } from './story.js'

/** Something that the server did and that nothing the driver did explains. */
export interface Oddity {
  /** Milliseconds of the machine's clock. */
  at: number
  text: string
}

/** Reasons for which nworkers itself lets a worker go in such a run. */
const ordinary = new Set(['reload', 'scale', 'stop', 'max-requests'])

/**
 * Looks for deaths, late leaves and rolled back reloads without a cause: each must come from a crash that the driver
 * made or from a broken app that it had put on disk.
 */
export function findOddities(
  story: Story,
  causes: {
    crashes: readonly Crash[]
    wasBroken: (from: number, to: number) => boolean
    stoppedAt: number
  },
): Oddity[] {
  const { crashes, wasBroken, stoppedAt } = causes
  const crashed = (pid: number, at: number) => crashes.some(({ worker }) => isIn(worker, pid, at))
  /** The app may have been mended between a beginning and the moment at which the log told of it. */
  const metBroken = (from: number, to: number) => wasBroken(from - logDelay, to)

  const isExplained = ({ pid, reason = '', bootedAt, exitedAt = bootedAt }: WorkerStory) =>
    ordinary.has(reason) ||
    crashed(pid, bootedAt) ||
    (reason.startsWith('boot-') && metBroken(bootedAt, exitedAt))

  /** A worker that the driver made crash was alive in that time. */
  const wasHit = (from: number, to: number) =>
    story.workers.some(
      ({ pid, bootedAt, exitedAt = to }) => crashed(pid, bootedAt) && bootedAt <= to && exitedAt >= from,
    )

  const deaths = story.workers
    .filter((worker) => worker.exitedAt !== undefined && !isExplained(worker))
    .map(({ pid, slot, reason, exitedAt = 0 }) => ({
      at: exitedAt,
      text: `worker ${pid} (slot ${slot}) exited without a cause: ${reason}`,
    }))
  const late = story.overdue
    .filter(({ pid, at }) => !crashed(pid, at))
    .map(({ pid, at }) => ({ at, text: `worker ${pid} did not leave in time` }))
  const rolledBack = story.reloads
    .filter(({ failure }) => failure !== undefined)
    .filter(({ startedAt, endedAt = startedAt }) => endedAt < stoppedAt)
    .filter(({ startedAt, endedAt = startedAt }) => !metBroken(startedAt, endedAt))
    .filter(({ startedAt, endedAt = startedAt }) => !wasHit(startedAt, endedAt))
    .map(({ generation, endedAt = 0, failure }) => ({
      at: endedAt,
      text: `the reload to generation ${generation} failed without a cause: ${failure}`,
    }))
  return [...deaths, ...late, ...rolledBack].sort((a, b) => a.at - b.at)
}
