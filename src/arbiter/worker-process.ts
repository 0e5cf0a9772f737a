import { type ChildProcess, type SendHandle, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { readFromWorker } from '../ipc/from-worker.js'
import type { FromWorker, ToWorker } from '../ipc/messages.js'
import { once } from '../sockets/once.js'
import { withholdInspector } from './examine/announcement.js'
import { createTail, type Tail } from './tail.js'

/** A worker's process as the arbiter holds it. */
export interface WorkerProcess {
  readonly pid: number | undefined
  /** The last lines of its stderr. */
  readonly tail: Tail
  /** `handle` is a socket that the worker gets a copy of. */
  send(message: ToWorker, handle?: SendHandle): void
  kill(signal: NodeJS.Signals): void
  /**
   * Opens its inspector by SIGUSR1; gives the URL that Node then tells on stderr, or nothing if it does not in time. One
   * that is still open is given again.
   */
  openInspector(signal: AbortSignal): Promise<string | undefined>
  /** Has the worker close its inspector as soon as its event loop turns. */
  closeInspector(): void
}

/** What becomes of a worker's process. After `exited` or `failed` nothing more comes. */
export interface WorkerProcessEvents {
  message(message: FromWorker): void
  /** The app called `process.send('ready')`, as apps for PM2 do. */
  saidReady?(): void
  exited(code: number | null, signal: NodeJS.Signals | null): void
  /** No process could be made. */
  failed(error: Error): void
}

const entry = fileURLToPath(new URL('../bundle/worker/main.js', import.meta.url))

/** The title of a process is cut to the length of its command line, so the command line is made long enough. */
const padding = ' '.repeat(100)

/** The first descriptor of a worker that is a listening socket; 0 to 2 are stdio and 3 is IPC. */
export const firstListenerFd = 4

/** Lines of stderr that are kept for a verdict. */
const tailLines = 64

/** After its exit, what a worker has last said is waited for this long, in milliseconds. */
const lastWords = 250

/**
 * Starts a worker in a process group of its own, with the listening sockets as descriptors from 4 on. With `onStdout` its
 * stdout goes there, and it has the arbiter's as a descriptor after them.
 */
export function startWorkerProcess(
  options: {
    nodeArguments: readonly string[]
    environment: NodeJS.ProcessEnv
    cwd: string
    listenerFds: readonly number[]
    onStdout: ((chunk: Buffer) => void) | undefined
    onStderr: (chunk: Buffer) => void
  },
  events: WorkerProcessEvents,
): WorkerProcess {
  const tail = createTail(tailLines)
  const child = trySpawn(options)
  if (child instanceof Error) {
    queueMicrotask(() => events.failed(child))
    return {
      pid: undefined,
      tail,
      send() {},
      kill() {},
      openInspector: async () => undefined,
      closeInspector() {},
    }
  }
  child.on('error', (error) => {
    // Later errors concern a message or a signal to a worker whose exit is about to be seen.
    if (child.pid === undefined) events.failed(error)
  })
  child.on('message', (received: unknown) => {
    if (received === 'ready') events.saidReady?.()
    const message = readFromWorker(received)
    if (message === undefined) return
    if (message.type === 'inspector-closed') inspector = undefined
    events.message(message)
  })
  let inspector: string | undefined
  const awaiting = new Set<(url: string) => void>()
  const stderr = child.stderr
  const forward = (chunk: Buffer) => {
    tail.append(chunk)
    options.onStderr(chunk)
  }
  stderr?.on('data', forward)
  // All is read: ending the other side, to which nobody writes, would only put off the news of the exit.
  for (const stream of [child.stdout, stderr]) stream?.once('end', () => stream.destroy())
  if (options.onStdout) child.stdout?.on('data', options.onStdout)
  child.once('exit', (code, signal) => afterLastWords(child, () => events.exited(code, signal)))
  const send = (message: ToWorker, handle?: SendHandle) => {
    // The worker may have gone or its channel may be closing; its exit is about to be seen.
    if (child.connected) child.send(message, handle, { keepOpen: true }, () => {})
  }
  /** From the first look at its stack on; before, stderr is passed on as it comes. */
  const withhold = once(() => {
    const withholding = withholdInspector(forward, (url) => {
      inspector = url
      for (const tell of awaiting) tell(url)
    })
    stderr?.removeListener('data', forward)
    stderr?.on('data', withholding.take)
    stderr?.once('close', withholding.end)
  })
  return {
    pid: child.pid,
    tail,
    send,
    kill(signal) {
      child.kill(signal)
    },
    openInspector(signal) {
      if (inspector !== undefined) return Promise.resolve(inspector)
      withhold()
      return new Promise((resolve) => {
        const end = (url: string | undefined) => {
          signal.removeEventListener('abort', giveUp)
          awaiting.delete(end)
          resolve(url)
        }
        const giveUp = () => end(undefined)
        signal.addEventListener('abort', giveUp, { once: true })
        awaiting.add(end)
        child.kill('SIGUSR1')
      })
    },
    closeInspector: () => send({ type: 'close-inspector' }),
  }
}

function trySpawn(options: Parameters<typeof startWorkerProcess>[0]): ChildProcess | Error {
  try {
    return spawn(process.execPath, [...options.nodeArguments, entry, padding], {
      cwd: options.cwd,
      env: options.environment,
      detached: true,
      stdio: options.onStdout
        ? ['ignore', 'pipe', 'pipe', 'ipc', ...options.listenerFds, 1]
        : ['ignore', 'inherit', 'pipe', 'ipc', ...options.listenerFds],
    })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** The exit may be seen before the last message and the last lines; a grandchild may hold its streams open. */
function afterLastWords(child: ChildProcess, done: () => void): void {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null)
  const isOver = () => !child.connected && streams.every(({ destroyed }) => destroyed)
  if (isOver()) {
    done()
    return
  }
  const finish = () => {
    if (!isOver()) return
    clearTimeout(timer)
    release()
    done()
  }
  const release = () => {
    child.removeListener('disconnect', finish)
    for (const stream of streams) stream.removeListener('close', finish)
  }
  const timer = setTimeout(() => {
    release()
    for (const stream of streams) stream.destroy()
    if (child.connected) child.disconnect()
    done()
  }, lastWords)
  child.on('disconnect', finish)
  for (const stream of streams) stream.on('close', finish)
}
