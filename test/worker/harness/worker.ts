import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { unknownScript } from '../../../src/arbiter/script-address.js'
import type { Envelope } from '../../../src/ipc/from-worker.js'
import type { BootMessage, FromWorker, ToWorker } from '../../../src/ipc/messages.js'
import type { ListenAddress } from '../../../src/sockets/address.js'
import { type BoundAddress, bindAddress } from '../../../src/sockets/bind.js'
import { poll, within } from '../../process/harness/poll.js'

const entry = fileURLToPath(new URL('../../../src/worker/main.js', import.meta.url))
const fixtures = fileURLToPath(new URL('../../../../test/fixtures/worker/', import.meta.url))
const firstListenerFd = 4

/** What the fixture tells the test over the same channel. */
export type FromApp = { type: 'app'; event: string; [detail: string]: unknown }
type Received = FromWorker | FromApp

export interface TestWorker {
  readonly child: ChildProcess
  readonly pid: number
  readonly bound: readonly BoundAddress[]
  /** The port of the first address. */
  readonly port: number
  /** All it wrote to stderr. */
  stderr(): string
  messages(): readonly Received[]
  send(message: ToWorker | Record<string, unknown>): void
  /** Resolves with the first message of this type that came, now or later. */
  told<Type extends FromWorker['type']>(type: Type): Promise<Extract<FromWorker, { type: Type }>>
  /** Resolves with what the fixture told of this event. */
  appTold(event: string): Promise<FromApp>
  drain(order?: Partial<Extract<ToWorker, { type: 'drain' }>>): void
  exited(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export interface WorkerOptions {
  /** A file of `test/fixtures/worker/`, with or without an export. */
  app?: string
  purpose?: BootMessage['purpose']
  addresses?: ListenAddress[]
  /** Sockets that are bound already, in place of addresses. They stay open after the test. */
  shared?: readonly BoundAddress[]
  settings?: Partial<BootMessage['settings']>
  /** Environment of the app; what its fixture reads. */
  env?: Record<string, string>
  /** Wait until it is ready. */
  waitForReady?: boolean
}

const local: ListenAddress = { kind: 'tcp', host: '127.0.0.1', port: 0 }

/** Starts a worker as an arbiter does: binds, spawns with the descriptors in stdio, and sends the boot message. */
export async function startWorker(t: TestContext, options: WorkerOptions = {}): Promise<TestWorker> {
  const { app = 'app.mjs', purpose = 'serve', addresses = [local], env = {}, waitForReady = true } = options
  const own = options.shared ? [] : await Promise.all(addresses.map((address) => bindAddress(address)))
  const bound = options.shared ?? own
  const child = spawn(process.execPath, [entry, ' '.repeat(100)], {
    cwd: fixtures,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'inherit', 'pipe', 'ipc', ...bound.map(({ fd }) => fd)],
  })
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  t.after(async () => {
    child.kill('SIGKILL')
    await exit
    for (const address of own) {
      address.close()
      address.remove()
    }
  })
  const messages: Received[] = []
  child.on('message', (message: Partial<Envelope> | FromApp) => {
    messages.push((message as Partial<Envelope>).nworkers ?? (message as FromApp))
  })

  async function find<Found>(probe: () => Found | undefined, what: string): Promise<Found> {
    const hasEnded = () => !child.connected && (child.exitCode !== null || child.signalCode !== null)
    const answer = await poll(() => probe() ?? (hasEnded() ? 'ended' : undefined), {
      deadline: 15_000,
      what: `the worker tells ${what}`,
    }).catch((error: unknown) => {
      throw new Error(evidence(), { cause: error })
    })
    if (answer === 'ended') throw new Error(`The worker did not tell ${what}. ${evidence()}`)
    return answer as Found
  }
  const evidence = () => `It told ${JSON.stringify(messages)} and wrote: ${stderr}`

  const [first] = bound
  const worker: TestWorker = {
    child,
    pid: child.pid ?? 0,
    bound,
    port: first?.address.kind === 'tcp' ? first.address.port : 0,
    stderr: () => stderr,
    messages: () => messages,
    send: (message) => void child.send(message),
    told: (type) =>
      find(
        () =>
          messages.find(
            (message): message is Extract<FromWorker, { type: typeof type }> => message.type === type,
          ),
        type,
      ),
    appTold: (event) =>
      find(
        () =>
          messages.find((message): message is FromApp => message.type === 'app' && message.event === event),
        event,
      ),
    drain: (order) =>
      void child.send({
        type: 'drain',
        last: false,
        held: false,
        gracefulTimeout: 60_000,
        hookTimeout: 5_000,
        linger: 60_000,
        ...order,
      }),
    async exited() {
      const [code, signal] = await within(exit, { what: 'the worker has ended' }).catch((error: unknown) => {
        throw new Error(evidence(), { cause: error })
      })
      return { code, signal }
    },
  }
  const boot: BootMessage = {
    type: 'boot',
    purpose,
    slot: 2,
    generation: 1,
    settings: {
      app,
      backlog: 128,
      require: [],
      import: [],
      privatePort: [],
      chdir: fixtures,
      maxWorkers: undefined,
      timeout: 30_000,
      gracefulTimeout: 60_000,
      hookTimeout: 5_000,
      keepAlive: undefined,
      maxRequestsPerConnection: undefined,
      maxConnections: 0,
      headersTimeout: undefined,
      requestTimeout: undefined,
      maxHeaderSize: undefined,
      maxHeaders: undefined,
      proxyProtocol: false,
      proxyAllowFrom: [],
      drainLinger: 60_000,
      rebalanceAfter: 0,
      requestDeadline: 0,
      reload: false,
      name: 'test',
      logLevel: 'info',
      logFormat: 'text',
      captureOutput: false,
      accessLogfile: undefined,
      accessLogformat: { kind: 'json' },
      forwardedAllowIps: [],
      ...options.settings,
    },
    identity: { uid: undefined, gid: undefined, groupsOf: undefined, umask: undefined },
    listeners: bound.map(({ url }, index) => ({ fd: firstListenerFd + index, url })),
    accessStream: 1,
    script: unknownScript,
  }
  worker.send(boot)
  if (waitForReady) await worker.told('ready')
  return worker
}
