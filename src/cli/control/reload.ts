import type { Arbiter } from '../../control/client.js'
import type { Progress, Verdict } from '../../control/reload.js'
import { createError } from '../../errors.js'
import { print } from '../terminal.js'
import { formatMilliseconds } from './quantity.js'

/**
 * Asks for a reload. With `wait` it shows how it goes.
 * @throws NWORKERS_E_CONTROL when it was rolled back
 */
export async function reload(arbiter: Arbiter, wait: boolean): Promise<void> {
  if (!wait) {
    await arbiter.text('POST', '/v1/reload')
    print('A reload is asked for.')
    return
  }
  let verdict: Verdict | undefined
  await arbiter.lines('POST', '/v1/reload?wait=1', (line) => {
    const progress = line as Progress
    if (progress.type === 'verdict') verdict = progress
    else print(describe(progress))
  })
  if (!verdict) throw createError('NWORKERS_E_NO_ARBITER', 'The arbiter ended before the reload did.')
  if (verdict.verdict === 'failed') {
    const { generation, reason, stays, details } = verdict
    const failed = generation === null ? 'The reload has not begun' : `Generation ${generation} failed`
    throw createError(
      'NWORKERS_E_CONTROL',
      `${failed}: ${reason}; generation ${stays} stays.${quote(details)}`,
    )
  }
  print(`Generation ${verdict.generation} serves, after ${formatMilliseconds(verdict.tookMs)}.`)
}

/** What the worker said, below the verdict on it. */
function quote(details: string | null): string {
  return (details ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => `\n  | ${line}`)
    .join('')
}

function describe(progress: Exclude<Progress, Verdict>): string {
  switch (progress.type) {
    case 'queued':
      return 'The workers are not all ready yet, or another reload is running; this one follows.'
    case 'started':
      return `Generation ${progress.generation} replaces generation ${progress.from}.`
    case 'replaced':
      return `Slot ${progress.slot}: replaced, ${progress.replaced} of ${progress.target}.`
  }
}
