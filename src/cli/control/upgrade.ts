import type { UpgradeProgress } from '../../arbiter/upgrade/upgrades.js'
import type { Arbiter } from '../../control/client.js'
import { createError } from '../../errors.js'
import { print } from '../terminal.js'
import { formatMilliseconds } from './quantity.js'

/**
 * Asks for an upgrade. With `wait` it shows how it goes.
 * @throws NWORKERS_E_CONTROL when it is refused or fails
 */
export async function upgrade(arbiter: Arbiter, wait: boolean): Promise<void> {
  if (!wait) {
    await arbiter.text('POST', '/v1/upgrade')
    print('An upgrade is asked for.')
    return
  }
  let verdict: (UpgradeProgress & { type: 'verdict' }) | undefined
  await arbiter.lines('POST', '/v1/upgrade?wait=1', (line) => {
    const progress = line as UpgradeProgress
    if (progress.type === 'verdict') verdict = progress
    else print(`A new arbiter starts with pid ${progress.pid}.`)
  })
  if (!verdict) throw createError('NWORKERS_E_NO_ARBITER', 'The arbiter ended before the upgrade did.')
  if (verdict.verdict === 'failed') {
    throw createError('NWORKERS_E_CONTROL', `The upgrade failed: ${verdict.reason}. The arbiter stays.`)
  }
  print(`The new arbiter (pid ${verdict.pid}) serves, after ${formatMilliseconds(verdict.tookMs)}.`)
}
