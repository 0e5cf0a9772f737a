import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** nworkers with the benchmark's app. */
export interface RunningFleet {
  port: number
  stop(): Promise<void>
}

const program = fileURLToPath(new URL('../../../bin/nworkers.js', import.meta.url))
const folder = fileURLToPath(new URL('../../../bench/balance/', import.meta.url))

const startDeadline = 60_000

/** Starts so many workers on this Node and waits until all are ready. */
export async function startFleet(
  node: string,
  workers: number,
  flags: readonly string[] = [],
): Promise<RunningFleet> {
  const child = spawn(node, [program, '-w', `${workers}`, '-b', '127.0.0.1:0', ...flags, './app.mjs'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  let log = ''
  child.stderr.setEncoding('utf8')
  const ready = new Promise<void>((resolve, reject) => {
    const fail = () => reject(new Error(`nworkers did not start. It says:\n${log}`))
    const timer = setTimeout(fail, startDeadline)
    child.once('exit', fail)
    child.stderr.on('data', (text: string) => {
      log += text
      if (!log.includes(`Ready: generation 1, ${workers} worker`)) return
      clearTimeout(timer)
      resolve()
    })
  })
  await ready
  return {
    port: Number(/Listening at: http:\/\/127\.0\.0\.1:(\d+)/.exec(log)?.[1]),
    async stop() {
      child.kill('SIGINT')
      await exited
    },
  }
}
