/** What a signal asks the arbiter for. */
export type Request = 'stop' | 'quit' | 'reload' | 'more' | 'fewer' | 'reopen' | 'upgrade' | 'pause'

/** gunicorn's signals. */
const requests: ReadonlyArray<readonly [NodeJS.Signals, Request]> = [
  ['SIGTERM', 'stop'],
  ['SIGINT', 'quit'],
  ['SIGQUIT', 'quit'],
  ['SIGHUP', 'reload'],
  ['SIGTTIN', 'more'],
  ['SIGTTOU', 'fewer'],
  ['SIGUSR1', 'reopen'],
  ['SIGUSR2', 'upgrade'],
  ['SIGWINCH', 'pause'],
]

/**
 * Hears the arbiter's signals for the rest of the process: until its very end none of them may take its default
 * action, which would spoil the exit code.
 */
export function hearSignals(hear: (request: Request, signal: NodeJS.Signals) => void): void {
  for (const [signal, request] of requests) process.on(signal, () => hear(request, signal))
}
