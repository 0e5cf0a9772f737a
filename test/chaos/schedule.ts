import { createRandom, pickWeighted, type Random } from './random.js'

/** Ways in which a deployment can be broken. */
export const faults = ['throws', 'syntax error', 'exports nothing', 'exits', 'hangs'] as const
export type Fault = (typeof faults)[number]

export type Mode = 'calm' | 'crash'

/** What the driver does to the server. `worker` is a fraction that picks one of those alive at that time. */
export type Action =
  | { type: 'reload' }
  | { type: 'scale'; signal: 'SIGTTIN' | 'SIGTTOU' }
  /** Puts an app on disk, good or broken, and reloads. */
  | { type: 'deploy'; fault?: Fault }
  | { type: 'kill'; worker: number }
  /** Stopped for good: it is to be found hung and killed. */
  | { type: 'stop'; worker: number }
  /** Stopped for so many milliseconds, which is not long enough to be hung. */
  | { type: 'pause'; worker: number; time: number }
  /** A request whose handler never comes back. */
  | { type: 'spin' }

export interface Scheduled {
  /** Milliseconds after the start. */
  at: number
  action: Action
}

/** The signals move the number of workers at most so far from where it began. */
const widestScale = 2

/** Milliseconds between two actions. */
const gaps = { least: 100, most: 1_300 }

/** Some gaps are longer: a reload has precedence over recycling, which otherwise would never have its turn. */
const longGaps = { probability: 0.15, least: 2_500, most: 4_500 }

/** How long a broken app stays on disk, in milliseconds. */
const brokenTime = { least: 400, most: 2_500 }

const calm = [
  ['reload', 30],
  ['deploy', 12],
  ['break', 10],
  ['scale', 14],
  ['burst', 5],
] as const

const crashes = [
  ['kill', 14],
  ['stop', 8],
  ['spin', 8],
  ['pause', 5],
] as const

/**
 * The actions of a run, the same for the same options. A broken app is always followed by a good one. It does not say
 * what they meet: that the processes decide.
 */
export function createSchedule(options: {
  seed: number
  seconds: number
  workers: number
  mode: Mode
  /** How long a worker may take to boot, in milliseconds: an app that hangs at import stays for longer than that. */
  bootTimeout: number
}): Scheduled[] {
  const { seed, workers, mode, bootTimeout } = options
  const random = createRandom(seed)
  const choices = mode === 'crash' ? [...calm, ...crashes] : calm
  const end = options.seconds * 1000
  const schedule: Scheduled[] = []
  let scale = 0
  for (let at = gap(random); at < end; at += gap(random)) {
    const choice = pickWeighted(random, choices)
    if (choice === 'scale') {
      const step = nextStep(random, scale, workers)
      scale += step
      schedule.push({ at, action: { type: 'scale', signal: step > 0 ? 'SIGTTIN' : 'SIGTTOU' } })
    } else if (choice === 'break') {
      const fault = faults[random.integer(0, faults.length - 1)] ?? 'throws'
      const time = random.integer(brokenTime.least, brokenTime.most) + (fault === 'hangs' ? bootTimeout : 0)
      schedule.push({ at, action: { type: 'deploy', fault } })
      schedule.push({ at: Math.min(at + time, end), action: { type: 'deploy' } })
    } else if (choice === 'burst') {
      for (let times = random.integer(2, 4), next = at; times > 0; times--, next += random.integer(10, 200)) {
        schedule.push({ at: Math.min(next, end), action: { type: 'reload' } })
      }
    } else schedule.push({ at, action: simpleAction(choice, random) })
  }
  return schedule.sort((a, b) => a.at - b.at)
}

function gap(random: Random): number {
  const { least, most } = random.chance(longGaps.probability) ? longGaps : gaps
  return random.integer(least, most)
}

/** One worker more or one less, not too far from the beginning and never less than one. */
function nextStep(random: Random, scale: number, workers: number): 1 | -1 {
  if (scale <= -Math.min(widestScale, workers - 1)) return 1
  if (scale >= widestScale) return -1
  return random.chance(0.5) ? 1 : -1
}

function simpleAction(
  choice: Exclude<(typeof calm | typeof crashes)[number][0], 'scale' | 'break' | 'burst'>,
  random: Random,
): Action {
  switch (choice) {
    case 'reload':
      return { type: 'reload' }
    case 'deploy':
      return { type: 'deploy' }
    case 'kill':
    case 'stop':
      return { type: choice, worker: random.fraction() }
    case 'pause':
      return { type: 'pause', worker: random.fraction(), time: random.integer(50, 400) }
    case 'spin':
      return { type: 'spin' }
  }
}
