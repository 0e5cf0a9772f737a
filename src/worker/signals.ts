import { constants } from 'node:os'

/** The signals that end a worker. */
export type EndingSignal = (typeof endingSignals)[number]

/** In the order in which the app's listeners are looked for. */
const endingSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const

/**
 * They mean something to an arbiter, or come from the terminal, and would end or stop a worker. SIGUSR1 is not here: a
 * listener for it, even this one, would keep Node from opening the inspector, by which a stuck worker is examined.
 */
const ignoredSignals = ['SIGHUP', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU', 'SIGWINCH'] as const

/** The app's own listeners for signals that end it. */
export interface AdoptedListeners {
  /** Calls them as the signal would and gives what they return; what they throw becomes a rejected promise. */
  call(): unknown[]
}

/**
 * Hears the signals that come from outside.
 *
 * What the app itself listens with is its clean-up. It is written for a process that serves alone, where the signal is
 * the order to close everything, so it is taken off the process and called at the end, when the last connection is gone.
 */
export function hearSignals(heed: (signal: EndingSignal) => void): AdoptedListeners {
  const adopted = new Map<EndingSignal, Set<NodeJS.SignalsListener>>()
  const own = (signal: NodeJS.Signals) => heed(signal as EndingSignal)

  function adopt(signal: EndingSignal, listener: NodeJS.SignalsListener): void {
    process.removeListener(signal, listener)
    const listeners = adopted.get(signal) ?? new Set()
    adopted.set(signal, listeners.add(listener))
  }

  for (const signal of ignoredSignals) process.on(signal, ignore)
  for (const signal of endingSignals) {
    for (const listener of process.listeners(signal)) adopt(signal, listener)
    process.on(signal, own)
  }
  process.on('newListener', (event: string | symbol, listener: NodeJS.SignalsListener) => {
    const signal = endingSignals.find((candidate) => candidate === event)
    // It is added after this call, and no signal is delivered before the next tick.
    if (signal !== undefined && listener !== own) process.nextTick(adopt, signal, listener)
  })

  return {
    call() {
      const signal = endingSignals.find((candidate) => adopted.has(candidate))
      if (signal === undefined) return []
      return [...(adopted.get(signal) ?? [])].map((listener) => attempt(signal, listener))
    },
  }
}

function attempt(signal: EndingSignal, listener: NodeJS.SignalsListener): unknown {
  try {
    return Reflect.apply(listener, process, [signal, constants.signals[signal]])
  } catch (error) {
    return Promise.reject(error)
  }
}

function ignore(): void {}
