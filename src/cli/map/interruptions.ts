import { constants } from 'node:os'

/** What signals ask for while a command computes. */
export interface Interruptions {
  /** Aborted by the second signal. */
  signal: AbortSignal
  /** 128 and the number of the signal; undefined where none came. */
  exitCode(): number | undefined
  /** Signals have their usual effect again. */
  end(): void
}

/** The first INT or TERM calls `onFirst`, so that what runs is finished; another one ends it at once. */
export function interruptions(onFirst: () => void): Interruptions {
  const controller = new AbortController()
  let first: NodeJS.Signals | undefined
  const onSignal = (signal: NodeJS.Signals) => {
    if (first !== undefined) return controller.abort()
    first = signal
    onFirst()
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, onSignal)
  return {
    signal: controller.signal,
    exitCode: () => first && 128 + constants.signals[first],
    end() {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}
