import { isatty } from 'node:tty'
import { NworkersError } from '../errors.js'
import { unusedSockets } from '../sockets/inherited.js'
import { passedSockets } from '../systemd/activation.js'
import { openArbiterLog } from './arbiter-log.js'
import { type Configured, createDrawingBoard } from './drawing-board.js'
import { createHoldings } from './holdings.js'
import { describeMissingInit } from './init-process.js'
import { createListeners } from './listeners.js'
import { startShell } from './shell.js'
import { hearSignals, type Request } from './signals.js'
import { upgradeTo } from './upgrade/hand-over.js'
import type { Predecessor } from './upgrade/predecessor.js'
import type { Program } from './upgrade/program.js'
import { type Succession, succeed } from './upgrade/succession.js'
import { takeOver } from './upgrade/take-over.js'
import type { Upgrades } from './upgrade/upgrades.js'

/** How long the end waits for a slow reader of the log, in milliseconds. */
const lastFlush = 1_000

/**
 * Runs the arbiter in this process until it is stopped.
 *
 * @param start.settings - what to start with, with the hooks that its config file has
 * @param start.cwd - where the config file is evaluated
 * @param start.resolve - reads the settings again, for SIGHUP; when it throws, everything stays as it is
 * @param start.isAddressOpen - no address was given: an app that listens by itself may choose its own
 * @param start.predecessor - the arbiter whose place this one is to take
 * @param start.program - what an upgrade starts
 * @returns the exit code
 * @throws NWORKERS_E_LOG_FILE when the log can't be opened, so that there is nowhere else to say it
 */
export async function runArbiter(
  start: Configured & {
    cwd: string
    isAddressOpen: boolean
    predecessor: Predecessor | undefined
    program: Program
    resolve: (options: { onOutput: (chunk: Buffer) => void; stop: AbortSignal }) => Promise<Configured>
  },
): Promise<number> {
  const { settings, predecessor } = start
  const output = openArbiterLog(settings, process.pid)
  const { log } = output
  const cleanUp: Array<() => void> = [() => predecessor?.leave()]
  let upgrades: Upgrades | undefined
  process.title = `nworkers: arbiter [${settings.name}]`

  const missingInit = describeMissingInit(process.pid)
  if (missingInit !== undefined) log.warning(missingInit)

  // Until the fleet is there, what signals ask for is kept.
  const early: Request[] = []
  let heed = (request: Request): void => void early.push(request)
  const stop = new AbortController()
  hearSignals((request, signal) => {
    // To a terminal it means that the window has another size.
    if (request === 'pause' && [0, 1, 2].some(isatty)) return
    log.info(`Handling signal: ${signal.slice(3).toLowerCase()}`)
    if (request === 'stop' || request === 'quit') stop.abort()
    heed(request)
  })

  try {
    const holdings = createHoldings(settings, log)
    cleanUp.push(holdings.release)
    if (!predecessor) holdings.takePidfile()
    const passed = predecessor?.passed ?? passedSockets(process.env, process.pid)
    const inherited = new Map(predecessor?.bound.map(({ key, fd }) => [key, fd]))
    const listeners = createListeners(passed, inherited, (socket) => board.announce(socket))
    cleanUp.push(() => {
      // A handle that is open at the end of the process would take the path of a successor's socket with it.
      listeners.release()
      listeners.removeUnused(() => false)
    })
    const board = createDrawingBoard({
      start,
      cwd: start.cwd,
      isAddressOpen: start.isAddressOpen,
      script: predecessor?.script,
      resolve: () => start.resolve({ onOutput: output.write, stop: stop.signal }),
      listeners,
      output,
      stop: stop.signal,
    })
    const blueprint = await board.first()
    if (!blueprint) return 0
    cleanUp.push(() => void blueprint.hooks?.close(0))
    if (!predecessor) await holdings.openDoors()
    if (stop.signal.aborted) return 0
    for (const { fd, name } of unusedSockets(settings.bind, passed)) {
      log.warning(
        `systemd passed a socket that no --bind names: ${name}. Without --bind all are used, or add --bind fd://${fd}.`,
      )
    }
    let succession: Succession | undefined
    const isServedOn = () => predecessor !== undefined && succession?.isUnderWay() !== false
    const shell = startShell({
      blueprint,
      redraw: board.redraw,
      relocate: board.relocate,
      log,
      listeners,
      write: output.write,
      reopenLog: output.reopen,
      // What TTIN and TTOU have set is taken back only by a new number.
      target: predecessor?.workers.set === settings.workers ? predecessor.workers.now : settings.workers,
      isServedOn,
    })
    upgrades = upgradeTo(start.program, { shell, log, listeners, holdings, passed, isServedOn })
    holdings.answerFor(shell, upgrades)
    if (predecessor) {
      succession = succeed(predecessor, {
        shell,
        log,
        take: () => takeOver(predecessor.arbiter, { holdings, listeners }),
        begin: shell.serviceManager.begin,
        sockets: () => listeners.shared().bound.map(({ key }) => key),
      })
      cleanUp.push(() => {
        if (isServedOn()) listeners.disclaim()
      })
    }
    const { heed: isDealtWith } = upgrades
    heed = (request) => {
      if (!isDealtWith(request)) shell.heed(request)
    }
    for (const request of early) heed(request)
    const exitCode = await shell.ended
    await upgrades.settled()
    return exitCode
  } catch (error) {
    if (stop.signal.aborted) return 0
    if (!(error instanceof NworkersError)) throw error
    log.error(error.message)
    predecessor?.tell({ type: 'failed', reason: error.message })
    return error.exitCode
  } finally {
    heed = () => {}
    stop.abort()
    for (const undo of cleanUp.reverse()) undo()
    log.info('Shutting down: arbiter')
    await output.flush(lastFlush)
    // A natural end would close the handles of sockets that are another's by now, and remove their paths.
    if (upgrades?.record()?.verdict === 'done') process.exit(0)
  }
}
