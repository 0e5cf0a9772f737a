/**
 * Makes writing to stdout and stderr wait until it is done. Where the arbiter reads them, which it does all the time, so
 * nothing is left to write when the app ends the process.
 */
export function blockOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const handle: unknown = Reflect.get(stream, '_handle')
    if (typeof handle !== 'object' || handle === null) continue
    const setBlocking: unknown = Reflect.get(handle, 'setBlocking')
    if (typeof setBlocking === 'function') setBlocking.call(handle, true)
  }
}
