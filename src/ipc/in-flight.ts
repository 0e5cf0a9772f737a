/**
 * How the arbiter asks a worker that stands still for the requests it was answering: a function under a registered
 * symbol, called through the inspector while the worker is paused.
 */
const key = 'nworkers.in-flight'

/** Gives one line a request, `GET /path`. To be called in the worker once. */
export function publishInFlight(list: () => string[]): void {
  Reflect.set(globalThis, Symbol.for(key), () => list().join('\n'))
}

/** The JavaScript that the arbiter has evaluated in the worker. */
export const inFlightExpression = `globalThis[Symbol.for('${key}')]()`
