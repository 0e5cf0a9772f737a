/** What a signal asks the arbiter for. */
export type Request = 'stop' | 'quit' | 'reload' | 'more' | 'fewer' | 'reopen' | 'ignored'

/** gunicorn's signals. USR2 and WINCH have no meaning yet; unheard they would end or disturb the process. */
const requests: ReadonlyArray<readonly [NodeJS.Signals, Request]> = [
  ['SIGTERM', 'stop'],
  ['SIGINT', 'quit'],
  ['SIGQUIT', 'quit'],
  ['SIGHUP', 'reload'],
  ['SIGTTIN', 'more'],
  ['SIGTTOU', 'fewer'],
  ['SIGUSR1', 'reopen'],
  ['SIGUSR2', 'ignored'],
  ['SIGWINCH', 'ignored'],
]

/**
 * Hears the arbiter's signals for the rest of the process: until its very end none of them may take its default
 * action, which would spoil the exit code.
 */
export function hearSignals(hear: (request: Request, signal: NodeJS.Signals) => void): void {
  for (const [signal, request] of requests) process.on(signal, () => hear(request, signal))
}
