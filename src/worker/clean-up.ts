import type { App } from '../app/app.js'
import { describeThrown } from '../app/stack.js'
import type { Logger } from '../observe/logger.js'
import type { AdoptedListeners } from './signals.js'

/** The app's clean-up on its way. */
export interface CleanUp {
  /** Resolves when it is done, or has had its time. */
  readonly ended: Promise<void>
  /** Gives it at most this many milliseconds more. */
  hurry(milliseconds: number): void
  /** Waits no longer. */
  finish(): void
}

/** How long after its clean-up an app that does not tell when it is done may go on, in milliseconds. */
const silentPatience = 5_000

/**
 * Runs what the app does at its end: its own listeners for signals, then its stop hook.
 *
 * A listener that returns no promise does not tell when it is done. It usually ends the process; else it is done when
 * nothing is left to do in the process.
 *
 * @param patience - how long it may take, in milliseconds
 */
export function startCleanUp(
  { app, listeners, log }: { app: App; listeners: AdoptedListeners; log: Logger },
  patience: number,
): CleanUp {
  const timers: NodeJS.Timeout[] = []
  let finish = () => {}
  const ended = new Promise<void>((resolve) => {
    finish = () => {
      process.removeListener('beforeExit', finish)
      for (const timer of timers) clearTimeout(timer)
      resolve()
    }
  })
  // Nothing of ours may keep the process alive now, so that it is the app that has nothing left to do.
  const hurry = (milliseconds: number) => void timers.push(setTimeout(finish, milliseconds).unref())
  process.channel?.unref()
  process.once('beforeExit', finish)
  hurry(patience)
  void run({ app, listeners, log }).then((told) => (told ? finish() : hurry(silentPatience)))
  return { ended, hurry, finish }
}

/** Gives whether the app has told that it is done. */
async function run({
  app,
  listeners,
  log,
}: {
  app: App
  listeners: AdoptedListeners
  log: Logger
}): Promise<boolean> {
  const results = listeners.call()
  for (const result of await Promise.allSettled(results)) {
    if (result.status === 'rejected')
      log.error(`A signal listener of the app failed: ${describeThrown(result.reason)}`)
  }
  try {
    await app.stop?.()
  } catch (error) {
    log.error(`The stop hook of the app failed: ${describeThrown(error)}`)
  }
  return results.every((result) => result instanceof Promise)
}
