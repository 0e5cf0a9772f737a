import { type ChildProcess, type SendHandle, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { type FromWorker, isFromWorker, type ToWorker } from '../ipc/messages.js'
import { createTail, type Tail } from './tail.js'

/** A worker's process as the arbiter holds it. */
export interface WorkerProcess {
  readonly pid: number | undefined
  /** The last lines of its stderr. */
  readonly tail: Tail
  /** `handle` is a socket that the worker gets a copy of. */
  send(message: ToWorker, handle?: SendHandle): void
  kill(signal: NodeJS.Signals): void
  /** Opens its inspector by SIGUSR1; gives the URL that Node then tells on stderr, or nothing if it does not in time. */
  openInspector(signal: AbortSignal): Promise<string | undefined>
}

/** What becomes of a worker's process. After `exited` or `failed` nothing more comes. */
export interface WorkerProcessEvents {
  message(message: FromWorker): void
  exited(code: number | null, signal: NodeJS.Signals | null): void
  /** No process could be made. */
  failed(error: Error): void
}

const entry = fileURLToPath(new URL('../worker/main.js', import.meta.url))

/** The title of a process is cut to the length of its command line, so the command line is made long enough. */
const padding = ' '.repeat(100)

/** The first descriptor of a worker that is a listening socket; 0 to 2 are stdio and 3 is IPC. */
export const firstListenerFd = 4

/** Lines of stderr that are kept for a verdict. */
const tailLines = 64

/** After its exit, what a worker has last said is waited for this long, in milliseconds. */
const lastWords = 250

/** Characters of stderr in which the announcement of the inspector is looked for. */
const longestAnnouncement = 4_096

/** Starts a worker in a process group of its own, with the listening sockets as descriptors from 4 on. */
export function startWorkerProcess(
  options: {
    nodeArguments: readonly string[]
    environment: NodeJS.ProcessEnv
    cwd: string
    listenerFds: readonly number[]
    onStderr: (chunk: Buffer) => void
  },
  events: WorkerProcessEvents,
): WorkerProcess {
  const tail = createTail(tailLines)
  const child = trySpawn(options)
  if (child instanceof Error) {
    queueMicrotask(() => events.failed(child))
    return { pid: undefined, tail, send() {}, kill() {}, openInspector: async () => undefined }
  }
  child.on('error', (error) => {
    // Later errors concern a message or a signal to a worker whose exit is about to be seen.
    if (child.pid === undefined) events.failed(error)
  })
  child.on('message', (message: unknown) => {
    if (isFromWorker(message)) events.message(message)
  })
  const stderr = child.stderr
  const forward = (chunk: Buffer) => {
    tail.append(chunk)
    options.onStderr(chunk)
  }
  stderr?.on('data', forward)
  child.once('exit', (code, signal) => afterLastWords(child, () => events.exited(code, signal)))
  return {
    pid: child.pid,
    tail,
    send(message, handle) {
      // The worker may have gone or its channel may be closing; its exit is about to be seen.
      if (child.connected) child.send(message, handle, { keepOpen: true }, () => {})
    },
    kill(signal) {
      child.kill(signal)
    },
    async openInspector(signal) {
      if (!stderr) return undefined
      // Its address is a secret that opens the process to whoever reads the log, so from here on nothing is forwarded.
      stderr.removeListener('data', forward)
      return await announcedInspector(child, stderr, signal)
    },
  }
}

function announcedInspector(
  child: ChildProcess,
  stderr: Readable,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = ''
    const end = (url: string | undefined) => {
      signal.removeEventListener('abort', giveUp)
      resolve(url)
    }
    const giveUp = () => end(undefined)
    signal.addEventListener('abort', giveUp, { once: true })
    stderr.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('utf8')).slice(-longestAnnouncement)
      const url = /Debugger listening on (ws:\S+)\s/.exec(text)?.[1]
      if (url) end(url)
    })
    child.kill('SIGUSR1')
  })
}

function trySpawn(options: Parameters<typeof startWorkerProcess>[0]): ChildProcess | Error {
  try {
    return spawn(process.execPath, [...options.nodeArguments, entry, padding], {
      cwd: options.cwd,
      env: options.environment,
      detached: true,
      stdio: ['ignore', 'inherit', 'pipe', 'ipc', ...options.listenerFds],
    })
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** The exit may be seen before the last message and the last lines of stderr; a grandchild may hold stderr open. */
function afterLastWords(child: ChildProcess, done: () => void): void {
  const isOver = () => !child.connected && (child.stderr === null || child.stderr.destroyed)
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
    child.stderr?.removeListener('close', finish)
  }
  const timer = setTimeout(() => {
    release()
    child.stderr?.destroy()
    if (child.connected) child.disconnect()
    done()
  }, lastWords)
  child.on('disconnect', finish)
  child.stderr?.on('close', finish)
}
