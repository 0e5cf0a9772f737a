import type { Arbiter } from '../../control/client.js'
import type { Status } from '../../control/status.js'
import { createError } from '../../errors.js'
import { print } from '../terminal.js'
import { formatStatus } from './status-table.js'

/** Shows how the fleet is. */
export async function showStatus(arbiter: Arbiter, json: boolean): Promise<void> {
  const status = await arbiter.json<Status>('GET', '/v1/status')
  print(json ? JSON.stringify(status, undefined, 2) : formatStatus(status, Date.now()).join('\n'))
}

/** Sets how many workers there are to be: `4`, or `+1` or `-1` from now. */
export async function scale(arbiter: Arbiter, text: string): Promise<void> {
  if (!/^[+-]?\d{1,9}$/.test(text)) {
    throw createError(
      'NWORKERS_E_USAGE',
      `"${text}" is not a number of workers; write 4, or +1 or -1 to change it.`,
    )
  }
  const order = /^[+-]/.test(text) ? { by: Number(text) } : { workers: Number(text) }
  const { from, target, autoscale } = await arbiter.json<Scaled>('POST', '/v1/scale', order)
  const goesOn = autoscale
    ? ` Autoscaling goes on from there, between ${autoscale.min} and ${autoscale.max}.`
    : ''
  print(`Workers: ${from} before, ${target} now.${goesOn}`)
}

/** What the arbiter answers to an order to scale. */
type Scaled = { from: number } & Pick<Status, 'target' | 'autoscale'>

/** Asks the arbiter to end, and waits until it has. */
export async function stop(arbiter: Arbiter, quick: boolean): Promise<void> {
  await arbiter.lines('POST', `/v1/stop?wait=1${quick ? '&quick=1' : ''}`, () => {})
  print('The arbiter has ended.')
}

/** Has the worker of a slot replaced by a fresh one. */
export async function restart(arbiter: Arbiter, slot: string): Promise<void> {
  const { pid } = await arbiter.json<{ pid: number }>('POST', `/v1/workers/${checkSlot(slot)}/restart`)
  print(`Worker ${pid} (slot ${slot}) leaves as soon as its successor has proved itself.`)
}

/** Shows where the worker of a slot is now. */
export async function trace(arbiter: Arbiter, slot: string): Promise<void> {
  const { pid, state, lines } = await arbiter.json<{ pid: number; state: string; lines: string[] }>(
    'GET',
    `/v1/workers/${checkSlot(slot)}/trace`,
  )
  print([`Worker ${pid} (slot ${slot}), ${state}:`, ...lines].join('\n'))
}

/** Shows the settings of the newest generation. */
export async function showConfig(arbiter: Arbiter): Promise<void> {
  const settings = await arbiter.json<Record<string, string>>('GET', '/v1/config')
  const width = Math.max(...Object.keys(settings).map((name) => name.length))
  print(
    Object.entries(settings)
      .map(([name, value]) => `${name.padEnd(width)} = ${value}`.trimEnd())
      .join('\n'),
  )
}

/** Shows the metrics in Prometheus' text format. */
export async function showMetrics(arbiter: Arbiter): Promise<void> {
  print((await arbiter.text('GET', '/v1/metrics')).trimEnd())
}

function checkSlot(slot: string): string {
  if (/^\d{1,9}$/.test(slot)) return slot
  throw createError(
    'NWORKERS_E_USAGE',
    `"${slot}" is not the number of a slot; "nworkersctl status" shows them.`,
  )
}
