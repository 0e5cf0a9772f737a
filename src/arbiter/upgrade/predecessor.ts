import { type Inheritance, readInheritance } from './inheritance.js'
import { type FromPredecessor, type FromSuccessor, isFromPredecessor } from './messages.js'

/** The old arbiter, as the new one sees it. */
export interface Predecessor extends Inheritance {
  tell(message: FromSuccessor): void
  /** What it says, and that it has gone, which it also has at the end of an upgrade. */
  listen(events: { message(message: FromPredecessor): void; gone(): void }): void
  /** Ends the connection to it. */
  leave(): void
}

/**
 * The arbiter that has started this process to take its place; undefined where none has.
 * @throws NWORKERS_E_UPGRADE when it has gone, or has given the upgrade up
 */
export function findPredecessor(): Predecessor | undefined {
  const inheritance = readInheritance(process)
  if (inheritance === undefined) return undefined
  const tell = (message: FromSuccessor) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => {})
  }
  tell({ type: 'hello', pid: process.pid })
  return {
    ...inheritance,
    tell,
    listen({ message, gone }) {
      process.on('message', (said) => {
        if (isFromPredecessor(said)) message(said)
      })
      process.once('disconnect', gone)
      if (!process.connected) gone()
    },
    leave() {
      if (process.connected) process.disconnect()
    },
  }
}
