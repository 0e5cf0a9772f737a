import type { Settings } from '../settings/settings.js'
import type { Policy } from './fleet/state.js'

/** How long a new worker must stay alive before its predecessor leaves, in milliseconds. */
const provingTime = 300

/** The part of the settings that decides over the fleet. */
export function policyOf(settings: Settings): Policy {
  return {
    timeout: settings.timeout,
    gracefulTimeout: settings.gracefulTimeout,
    bootTimeout: settings.bootTimeout,
    drainLinger: settings.drainLinger,
    surge: surgeOf(settings.reloadSurge),
    provingTime,
    shutdownDelay: settings.shutdownDelay,
    autoscale: boundsOf(settings),
  }
}

function boundsOf({
  minWorkers: min,
  maxWorkers: max,
  scaleDownAfter: downAfter,
}: Settings): Policy['autoscale'] {
  return max === undefined ? undefined : { min, max, downAfter }
}

function surgeOf(surge: Settings['reloadSurge']): Policy['surge'] {
  return surge.kind === 'workers' ? { count: surge.workers } : { percent: surge.percent }
}
