import type { Socket } from 'node:net'
import type { App } from '../app/app.js'
import { describeThrown } from '../app/stack.js'
import type { DrainMessage } from '../ipc/messages.js'
import type { Logger } from '../observe/logger.js'
import { acceptQueued } from './accept-queue.js'
import { sayFarewell } from './farewell.js'
import { findIdle } from './idle.js'
import { createLinger } from './linger.js'
import { cut, type Service } from './service.js'

/** What {@link DrainMessage} orders. */
export type DrainOrder = Omit<DrainMessage, 'type'>

/** A drain on its way. */
export interface Drain {
  /** Resolves when no connection is left. */
  readonly ended: Promise<void>
  /** Resolves when nothing is queued any more, where the arbiter still has its copies of the sockets. */
  readonly queueEmpty: Promise<void>
  /** The arbiter has closed them. */
  release(): void
  /** When remaining connections are cut, on the clock of `performance.now()`. */
  deadline(): number
  /** Takes a further order: it may bring the deadline and the end of the linger nearer, never put them off. */
  tighten(order: DrainOrder): void
  /** Cuts every connection now. */
  hurry(): void
}

/** The longest time a timer of Node takes; more would be no time at all. Milliseconds. */
const longestTimer = 2 ** 31 - 1

/** How often idle connections are looked for, in milliseconds. */
const sweepInterval = 100

/**
 * Finishes what is in flight and takes nothing new.
 *
 * Clients are told by `Connection: close`. A connection that waits for a request stays open for the linger, because a
 * client that is just sending its next one would be reset; likewise one that has sent nothing yet. All else may take
 * until the graceful timeout; what remains then is cut.
 */
export function startDrain(service: Service, order: DrainOrder, log: Logger): Drain {
  const { app, connections, listeners } = service
  const linger = createLinger<Socket>(order.linger)
  let deadline = performance.now() + order.gracefulTimeout
  let isAccepting = true
  let isOver = false
  let isHeld = order.held
  let resolveEnded = () => {}
  let resolveEmpty = () => {}
  let resolveReleased = () => {}
  const queueEmpty = new Promise<void>((resolve) => {
    resolveEmpty = resolve
  })
  const released = new Promise<void>((resolve) => {
    resolveReleased = resolve
  })
  const ended = new Promise<void>((resolve) => {
    resolveEnded = resolve
  })

  service.pace?.release()
  connections.prune()
  const farewell = sayFarewell(connections, linger.wake)
  // After the turn's reading: a request that came while a handler blocked the loop makes its connection busy.
  const sweeps = setInterval(() => setImmediate(sweep), sweepInterval)
  let timer = setTimeout(giveUp, Math.min(order.gracefulTimeout, longestTimer))
  connections.onEmpty = endIfEmpty
  void stopAccepting()
  void callDrainHook(app, log)

  /** For an order that is not the last one, this closes the listeners before it returns. */
  async function stopAccepting(): Promise<void> {
    const { longestQueue: most, isPaused } = listeners
    if (order.last && isHeld) {
      await acceptQueued(connections, { most, isPaused, isOver: () => isOver || !isHeld })
      resolveEmpty()
      await released
    }
    // From now on nobody has a copy for a worker that is full.
    const isDone = () => isOver || isPaused()
    if (order.last) await acceptQueued(connections, { most, isPaused, isOver: isDone })
    listeners.close()
    isAccepting = false
    endIfEmpty()
  }

  function sweep(): void {
    if (isOver) return
    connections.prune()
    const idle = findIdle(connections)
    for (const socket of linger.expired(idle, performance.now())) farewell.close(socket)
  }

  function endIfEmpty(): void {
    if (!isAccepting && connections.sockets.size === 0) end()
  }

  function giveUp(): void {
    const busy = connections.sockets.size - findIdle(connections).length
    if (busy > 0) log.warning(`The graceful timeout is over: ${count(busy, 'busy connection')} cut.`)
    hurry()
  }

  function hurry(): void {
    deadline = Math.min(deadline, performance.now())
    cut(service)
    end()
  }

  function release(): void {
    isHeld = false
    resolveReleased()
  }

  function end(): void {
    isOver = true
    release()
    connections.onEmpty = () => {}
    clearInterval(sweeps)
    clearTimeout(timer)
    resolveEnded()
  }

  function tighten(next: DrainOrder): void {
    if (isOver) return
    if (!next.held) release()
    linger.tighten(next.linger)
    const sooner = performance.now() + next.gracefulTimeout
    if (sooner >= deadline) return
    deadline = sooner
    clearTimeout(timer)
    timer = setTimeout(giveUp, Math.min(next.gracefulTimeout, longestTimer))
  }

  return { ended, queueEmpty, release, deadline: () => deadline, tighten, hurry }
}

async function callDrainHook({ drain }: App, log: Logger): Promise<void> {
  try {
    await drain?.()
  } catch (error) {
    log.error(`The drain hook of the app failed: ${describeThrown(error)}`)
  }
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun} was` : `${number} ${noun}s were`
}
