import type { Worker } from '../arbiter/fleet/state.js'
import type { Shell } from '../arbiter/shell.js'
import type { Upgrades } from '../arbiter/upgrade/upgrades.js'
import { expositionType } from '../observe/exposition.js'
import type { Logger } from '../observe/logger.js'
import { allSettings } from '../settings/table.js'
import type { Call, Reply, Route } from './http.js'
import type { Observation } from './observation.js'
import { Refusal } from './refusal.js'
import { followReload } from './reload.js'
import { boundsOf } from './status.js'
import { followUpgrade } from './upgrade.js'

/** What the control socket lets into. */
export interface Rooms {
  shell: Shell
  upgrades: Upgrades
  observation: Observation
  log: Logger
}

/** What the control socket offers. Every order goes the way that signals go: an event of the fleet. */
export function controlRoutes({ shell, upgrades, observation, log }: Rooms): Route[] {
  const slotPath = (rest: string) => new RegExp(`^/v1/workers/(\\d{1,9})/${rest}$`)
  const get = (path: RegExp, reply: Route['reply']): Route => ({ method: 'GET', path, reply })
  const post = (path: RegExp, reply: Route['reply']): Route => ({ method: 'POST', path, reply })
  const whileRunning = (reply: Route['reply']) => (call: Call) => {
    if (shell.fleet().stop) throw new Refusal(409, 'nworkers is stopping.')
    return reply(call)
  }

  return [
    get(/^\/v1\/status$/, async () => ({ json: await observation.status() })),
    get(/^\/v1\/config$/, () => ({ json: describeSettings(shell) })),
    get(/^\/v1\/metrics$/, async () => ({
      text: await observation.metrics(),
      headers: { 'Content-Type': expositionType },
    })),
    get(slotPath('trace'), (call) => trace(shell, call)),
    post(
      /^\/v1\/reload$/,
      whileRunning((call) => reload(shell, upgrades, call, log)),
    ),
    post(
      /^\/v1\/upgrade$/,
      whileRunning((call) => upgrade(upgrades, call, log)),
    ),
    post(
      /^\/v1\/scale$/,
      whileRunning((call) => scale(shell, call, log)),
    ),
    post(
      slotPath('restart'),
      whileRunning((call) => restart(shell, call, log)),
    ),
    post(/^\/v1\/stop$/, (call) => stop(shell, call, log)),
  ]
}

async function reload(
  shell: Shell,
  upgrades: Upgrades,
  { query, signal }: Call,
  log: Logger,
): Promise<Reply> {
  log.info('Handling control request: reload')
  if (upgrades.record()?.verdict === 'running') {
    throw new Refusal(409, 'An upgrade is running, which brings new code and settings as well.')
  }
  if (flag(query, 'wait')) return { lines: (tell) => followReload(shell, tell, signal) }
  const refusal = await new Promise<string | undefined>((resolve) => {
    shell.reload({ onRead: () => resolve(undefined), onRefusal: resolve })
  })
  if (refusal !== undefined) throw new Refusal(422, `${refusal} Everything stays as it is.`)
  return { status: 202, json: { reload: 'asked for' } }
}

function upgrade(upgrades: Upgrades, { query, signal }: Call, log: Logger): Reply {
  log.info('Handling control request: upgrade')
  if (flag(query, 'wait')) return { lines: (tell) => followUpgrade(upgrades, tell, signal) }
  const obstacle = upgrades.begin()
  if (obstacle !== undefined) throw new Refusal(409, obstacle)
  return { status: 202, json: { upgrade: 'asked for', pid: upgrades.record()?.pid ?? null } }
}

async function scale(shell: Shell, { body }: Call, log: Logger): Promise<Reply> {
  const { workers, by } = await body()
  const from = shell.fleet().target
  const target = isWhole(workers) ? workers : isWhole(by) ? from + by : undefined
  if (target === undefined || (workers !== undefined && by !== undefined)) {
    throw new Refusal(400, 'Say how many: {"workers":4}, or {"by":1} or {"by":-1}.')
  }
  if (target < 1 || target > mostWorkers) {
    throw new Refusal(400, `There can be 1 to ${mostWorkers} workers, not ${target}.`)
  }
  log.info(`Handling control request: scale to ${target}`)
  shell.dispatch({ type: 'scale', target })
  const { target: set, policy } = shell.fleet()
  return { json: { from, target: set, autoscale: boundsOf(policy) } }
}

/** A slip of the finger is not to take the machine down. */
const mostWorkers = 1_024

function restart(shell: Shell, { parts }: Call, log: Logger): Reply {
  const slot = slotFrom(shell, parts)
  const worker = occupants(shell, slot).find(({ state }) => state === 'ready')
  if (!worker) throw new Refusal(409, `Slot ${slot} has no ready worker that could be replaced.`)
  log.info(`Handling control request: restart of slot ${slot}`)
  shell.dispatch({ type: 'recycle', id: worker.id, reason: 'request' })
  return { status: 202, json: { slot, pid: worker.pid } }
}

async function stop(shell: Shell, { query, body }: Call, log: Logger): Promise<Reply> {
  const quick = flag(query, 'quick') || (await body()).quick === true
  log.info(`Handling control request: ${quick ? 'quick stop' : 'stop'}`)
  shell.dispatch({ type: 'stop', quick })
  // The connection ends with the arbiter.
  if (flag(query, 'wait')) return { lines: () => shell.ended.then(() => {}) }
  return { status: 202, json: { stopping: quick ? 'at once' : 'gracefully' } }
}

async function trace(shell: Shell, { parts }: Call): Promise<Reply> {
  const slot = slotFrom(shell, parts)
  const worker = occupants(shell, slot).at(-1)
  if (!worker) throw new Refusal(409, `Slot ${slot} has no worker now.`)
  const { pid, state, generation } = worker
  return { json: { slot, pid, generation, state, lines: await shell.trace(worker.id) } }
}

/** The settings of the newest generation, as a person would write them. */
function describeSettings(shell: Shell): Record<string, string> {
  const { settings } = shell.blueprint()
  return Object.fromEntries(allSettings.map(({ name, type }) => [name, type.write(settings[name])]))
}

function slotFrom(shell: Shell, [text]: string[]): number {
  const slot = Number(text)
  const { target } = shell.fleet()
  if (slot < target || occupants(shell, slot).length > 0) return slot
  throw new Refusal(404, `There is no slot ${slot}; slots are numbered from 0 to ${target - 1}.`)
}

/** The workers of a slot; those that leave come first, and the one that serves last. */
function occupants(shell: Shell, slot: number): Worker[] {
  const here = [...shell.fleet().workers.values()].filter((worker) => worker.slot === slot)
  const serves = ({ state }: Worker) => Number(state === 'ready')
  return here.sort((a, b) => serves(a) - serves(b))
}

function flag(query: URLSearchParams, name: string): boolean {
  return ['1', 'true', ''].includes(query.get(name) ?? '0')
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
