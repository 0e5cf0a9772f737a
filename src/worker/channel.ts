import type { Envelope } from '../ipc/from-worker.js'
import type { FromWorker } from '../ipc/messages.js'

/** How long a worker that ends waits until its last message is with the arbiter, in milliseconds. */
const lastWord = 1_000

/** Tells the arbiter, if there is one. `done` is called when the message is gone, or can't go. */
export function send(message: FromWorker, done: () => void = () => {}): void {
  if (process.send === undefined || !process.connected) done()
  else process.send({ nworkers: message } satisfies Envelope, undefined, undefined, () => done())
}

/** Tells the arbiter and waits until it is told, but not for long. */
export async function sendLast(message: FromWorker): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, lastWord)
    send(message, () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
