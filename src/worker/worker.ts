import { describeThrown } from '../app/stack.js'
import type { BootMessage } from '../ipc/messages.js'
import { createLogger, type LogStyle } from '../observe/logger.js'
import type { WorkerSettings } from '../settings/settings.js'
import { tellAppMetrics } from './app-metrics.js'
import { beatInterval, startBeat } from './beat.js'
import { become, load, serve } from './boot.js'
import { blockOutput } from './captured-output.js'
import { send, sendLast } from './channel.js'
import { type CleanUp, startCleanUp } from './clean-up.js'
import { type ConfigHooks, loadConfigHooks, noHooks } from './config-hooks.js'
import { watchDescriptors } from './descriptors.js'
import { type Drain, type DrainOrder, startDrain } from './drain.js'
import { tellEarlyExit } from './early-exit.js'
import { exit } from './exit.js'
import { describeFailure } from './failure.js'
import { watchLoadedFiles } from './loaded-files.js'
import { hearOrders } from './orders.js'
import { cut, type Service } from './service.js'
import { type EndingSignal, hearSignals } from './signals.js'

/** Where a worker is in its life. It only ever moves forward. */
type Phase =
  | { name: 'booting' }
  /** It ends without having served. */
  | { name: 'leaving' }
  | { name: 'serving'; service: Service }
  | { name: 'draining'; service: Service; drain: Drain }
  | { name: 'ending'; cleanUp: CleanUp }

/** How long clean-up may take where no time is left for it, in milliseconds. */
const leastCleanUp = 1_000

/** How long the hook at its end may take, in milliseconds: a worker that was told to end has two seconds in all. */
const lastHook = 500

/**
 * The longest drain after the app has failed, in milliseconds: the request that failed never ends, and an app whose
 * state is unknown serves as little as possible.
 */
const crashDrain = 5_000

/** How long the end waits for the app to tell its metrics once more, in milliseconds. */
const lastMetrics = 500

/** Makes this process a worker: it waits for its boot message and serves until it is told to end, or has to. */
export function runWorker(): void {
  let phase: Phase = { name: 'booting' }
  let exitCode = 0
  let settings: WorkerSettings | undefined
  let beat = () => {}
  let hooks: ConfigHooks = noHooks
  let files = { flush() {} }
  const uncaught = new Set<string>()
  const log = createLogger({ style: () => logStyle(settings), write, pid: process.pid })

  // A reader that goes away must not end what it reads.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  const listeners = hearSignals(onSignal)
  process.on('uncaughtException', onUncaught)
  tellEarlyExit(() => phase.name === 'booting' && settings !== undefined)
  hearOrders(
    { boot, drain, released, quit, service: () => ('service' in phase ? phase.service : undefined) },
    log,
  )
  process.on('disconnect', onDisconnect)

  async function boot(message: BootMessage): Promise<void> {
    settings = message.settings
    if (settings.captureOutput) blockOutput()
    try {
      become(message)
      if (settings.reload && message.purpose === 'serve') {
        files = watchLoadedFiles((loaded) => send({ type: 'files', files: loaded }))
      }
      if (message.purpose === 'serve') hooks = await loadConfigHooks(message, log)
      await hooks.run('postFork')
      const app = await load(message, log)
      const loaded = { type: 'loaded', kind: app.app.kind } as const
      if (message.purpose === 'check') {
        await sendLast(loaded)
        await exit(0)
      }
      send(loaded)
      await hooks.run('postWorkerInit')
      const service = await serve(app, message)
      if (phase.name !== 'booting') return
      phase = { name: 'serving', service }
      beat = startBeat(service, beatInterval(settings), send)
      watchDescriptors(onExhausted)
      send({ type: 'ready' })
    } catch (error) {
      await fail(error)
    }
  }

  /** Before a worker serves, every failure means that it does not become ready. */
  async function fail(error: unknown): Promise<void> {
    if (phase.name !== 'booting') return
    phase = { name: 'leaving' }
    const failure = await describeFailure(error)
    files.flush()
    await sendLast(failure)
    await exit(failure.exitCode)
  }

  function drain(order: DrainOrder): void {
    switch (phase.name) {
      case 'booting':
        process.exit(exitCode)
        return
      case 'serving':
        void drainAndEnd(phase.service, order)
        return
      case 'draining':
        phase.drain.tighten(order)
        return
    }
  }

  async function drainAndEnd(service: Service, order: DrainOrder): Promise<void> {
    const drain = startDrain(service, order, log)
    phase = { name: 'draining', service, drain }
    void drain.queueEmpty.then(() => send({ type: 'queue-empty' }))
    await drain.ended
    await end(service, Math.max(leastCleanUp, drain.deadline() - performance.now()))
  }

  function released(): void {
    if (phase.name === 'draining') phase.drain.release()
  }

  function quit(): void {
    switch (phase.name) {
      case 'booting':
        process.exit(exitCode)
        return
      case 'serving':
        cut(phase.service)
        void end(phase.service, leastCleanUp)
        return
      case 'draining':
        phase.drain.hurry()
        return
      case 'ending':
        phase.cleanUp.hurry(leastCleanUp)
        return
    }
  }

  async function end({ app }: Service, patience: number): Promise<void> {
    const told = tellLast()
    const cleanUp = startCleanUp({ app, listeners, log }, patience)
    phase = { name: 'ending', cleanUp }
    await cleanUp.ended
    await told
    await hooks.run('workerExit', lastHook)
    await exit(exitCode)
  }

  /** What was counted since the last beat would be missing for ever. */
  async function tellLast(): Promise<void> {
    beat()
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, lastMetrics)
      void tellAppMetrics().then(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  function onSignal(signal: EndingSignal): void {
    const isQuick = signal !== 'SIGTERM'
    switch (phase.name) {
      case 'booting':
        phase = { name: 'leaving' }
        void sendLast({ type: 'leaving', reason: 'request' }).then(() => process.exit(exitCode))
        return
      case 'serving':
        send({ type: 'leaving', reason: 'request' })
        if (isQuick) quit()
        else drain(ownOrder())
        return
      case 'draining':
        if (isQuick) quit()
        return
      case 'ending':
        // Some listeners of apps send the signal to their own process when they are done.
        phase.cleanUp.finish()
        return
    }
  }

  function onUncaught(error: unknown): void {
    // Whoever listens has taken it on.
    if (process.listenerCount('uncaughtException') > 1) return
    if (phase.name === 'booting') {
      void fail(error)
      return
    }
    const text = describeThrown(error)
    // What keeps failing in the same way is told once.
    if (!uncaught.has(text)) log.error(`Uncaught exception, the worker ends.\n${text}`)
    uncaught.add(text)
    leaveBroken(crashDrain)
  }

  function onExhausted(limit: number): void {
    if (phase.name !== 'serving') return
    log.error(
      `Nearly all of the ${limit} file descriptors are open, so the worker ends. Either the app leaks them, or it needs a ` +
        'higher limit (LimitNOFILE= of systemd, ulimit -n).',
    )
    leaveBroken()
  }

  function leaveBroken(longestDrain?: number): void {
    exitCode = 1
    if (phase.name === 'serving') send({ type: 'leaving', reason: 'crash' })
    drain(ownOrder(longestDrain))
  }

  /** Without its arbiter a worker has no successor to wait for and nobody to tell. */
  function onDisconnect(): void {
    drain(ownOrder())
  }

  function ownOrder(longest = Number.POSITIVE_INFINITY): DrainOrder {
    const { gracefulTimeout, drainLinger } = settings ?? { gracefulTimeout: 0, drainLinger: 0 }
    return {
      last: false,
      held: false,
      gracefulTimeout: Math.min(gracefulTimeout, longest),
      linger: drainLinger,
    }
  }
}

/** Before the settings have come, as if there were none. */
function logStyle({ logLevel, logFormat }: Partial<WorkerSettings> = {}): LogStyle {
  return { level: logLevel ?? 'info', format: logFormat ?? 'text' }
}

function write(line: string): void {
  process.stderr.write(line)
}
