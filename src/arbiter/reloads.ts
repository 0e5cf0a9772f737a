import type { Logger } from '../observe/logger.js'
import type { Blueprint } from './blueprint.js'
import { oneAtATime } from './one-at-a-time.js'

/** Who has asked for a reload and learns how that begins. */
export interface Asker {
  /** The settings are read; the rollout is asked for right after this. */
  onRead(): void
  /** There is no rollout, and everything stays as it is. */
  onRefusal(reason: string): void
}

/**
 * Gives a function that asks for a reload. The settings are read once at a time; whoever asks meanwhile is served by one
 * more reading.
 *
 * @param options.redraw - makes a blueprint from settings read again; when it throws, all stays as it is
 * @param options.begin - has what was read rolled out; `answer` tells the askers right before that
 */
export function createReloads(options: {
  redraw: () => Promise<Blueprint>
  begin: (next: Blueprint, answer: () => void) => void
  isStopping: () => boolean
  log: Logger
}): (asker?: Asker) => void {
  const { redraw, begin, isStopping, log } = options
  /** Those whom the next reading serves. */
  let waiting: Asker[] = []
  const read = oneAtATime(readAndBegin)

  async function readAndBegin(): Promise<void> {
    const askers = waiting
    waiting = []
    const refuse = (reason: string) => {
      for (const asker of askers) asker.onRefusal(reason)
    }
    let next: Blueprint
    try {
      next = await redraw()
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      if (!isStopping()) log.error(`Reload: ${text} Everything stays as it is.`)
      return refuse(text)
    }
    if (isStopping()) return refuse('nworkers is stopping')
    begin(next, () => {
      for (const asker of askers) asker.onRead()
    })
  }

  return (asker) => {
    if (asker) waiting.push(asker)
    void read()
  }
}
