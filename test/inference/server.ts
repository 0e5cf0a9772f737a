import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** The folder of the example, seen from dist/test/inference. */
export const example = new URL('../../../examples/inference-app/', import.meta.url)

/** The example served by a plain Node server in a process of its own. */
export interface RunningServer {
  url: string
  port: number
  pid: number
  /** What the process wrote to stderr. */
  log(): string
  /** The value of a metric of the app, with its labels as in `name{reason="deadline"}`. */
  metric(name: string): Promise<number>
  stop(): Promise<void>
}

// Shows at /metrics what the app has put into prom-client's default register, where nworkers takes it from.
const program = `
import { createServer } from 'node:http'
import { register } from 'prom-client'
const { app } = await import(process.argv[1])
const serve = (request, response) =>
  request.url === '/metrics' ? register.metrics().then((text) => response.end(text)) : app(request, response)
createServer(serve).listen(0, '127.0.0.1', function () { console.log(this.address().port) })
`

/** Serves the built example, or another module of it, on a free port. Rejects with the log if it does not start within 20 s. */
export async function startServer(
  environment: NodeJS.ProcessEnv = {},
  module = 'dist/app.js',
): Promise<RunningServer> {
  const app = new URL(module, example).href
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, app], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (text) => {
    log += text
  })
  const exited = once(child, 'exit')
  const lines = createInterface(child.stdout)
  try {
    const signal = AbortSignal.timeout(20_000)
    const [port] = await Promise.race([
      once(lines, 'line', { signal }),
      exited.then(() => Promise.reject(new Error('It exited.'))),
    ])
    return {
      url: `http://127.0.0.1:${port}`,
      port: Number(port),
      pid: child.pid as number,
      log: () => log,
      metric: async (name) => {
        const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
          signal: AbortSignal.timeout(20_000),
        })
        const line = (await response.text()).split('\n').find((line) => line.startsWith(`${name} `))
        return Number(line?.slice(name.length) ?? 0)
      },
      stop: async () => {
        child.kill('SIGKILL')
        await exited
      },
    }
  } catch (cause) {
    child.kill('SIGKILL')
    throw new Error(`The server did not start. Its log:\n${log}`, { cause })
  }
}
