import { appFrames, beginsInOwnCode } from '../app/stack.js'
import { createError } from '../errors.js'
import { send } from './channel.js'

/**
 * An app that ends the process while it is loaded would leave no trace but an exit code. So the arbiter is told what
 * happened, and where; the message is small enough to be written at once, which is all that a process at its exit can do.
 */
export function tellEarlyExit(isBooting: () => boolean): void {
  process.once('exit', (code) => {
    if (!isBooting()) return
    const sentence =
      `The app ended its process by process.exit(${code}) before it was ready. ` +
      'An app that is served must not call process.exit while it is loaded: let it throw an error that says what is wrong.'
    const place = new Error()
    // From the caller of `process.exit` on.
    Error.captureStackTrace(place, process.exit)
    if (beginsInOwnCode(place)) return
    const message = [sentence, ...appFrames(place)].join('\n')
    const { code: name, exitCode } = createError('NWORKERS_E_BOOT', message)
    send({ type: 'failed', code: name, exitCode, message })
  })
}
