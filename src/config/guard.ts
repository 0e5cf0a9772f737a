import { Worker } from 'node:worker_threads'

/** How soon the process is gone after its parent, in milliseconds. */
const lookEvery = 250

const program = `
const { workerData: { parent, lookEvery } } = require('node:worker_threads')
setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL') }, lookEvery)
`

/**
 * Ends this process when its parent is gone. It runs code of the user, which may be in an endless loop by then, so a
 * thread of its own watches.
 */
export function followParent(): void {
  const thread = new Worker(program, {
    eval: true,
    workerData: { parent: process.ppid, lookEvery },
    // Flags such as --import would load the user's modules into the thread.
    execArgv: [],
    env: {},
    stdin: false,
  })
  thread.unref()
  // Without the thread the process still ends with the channel to its parent, unless it loops.
  thread.on('error', () => {})
}
