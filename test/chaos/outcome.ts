import type { Crash } from './crashes.js'
import type { Entry } from './journal.js'
import type { Judgement } from './judge.js'
import type { Oddity } from './oddities.js'
import type { ChaosOptions } from './options.js'
import type { Failure, Tally } from './record.js'
import type { LogLine, Story } from './story.js'

export type JudgedFailure = Failure & Judgement & { lastAction: string }

/** All that a run has brought. Times are milliseconds of the machine's clock. */
export interface Outcome {
  options: ChaosOptions
  startedAt: number
  /** When the server was told to end. */
  stoppedAt: number
  tallies: ReadonlyMap<string, Tally>
  failures: readonly JudgedFailure[]
  oddities: readonly Oddity[]
  crashes: readonly Crash[]
  story: Story
  journal: readonly Entry[]
  log: readonly LogLine[]
  /** The arbiter's, with the same number of workers; undefined where the system does not tell. */
  descriptors: { before: number | undefined; after: number | undefined }
  /** The server's exit code, or the signal that ended it. */
  exit: number | string | null
}

/** The failures that count. */
export function notExcused({ failures }: Outcome): JudgedFailure[] {
  return failures.filter(({ verdict }) => verdict === 'not excused')
}

/** Whether nothing failed that may not. */
export function isGood(outcome: Outcome): boolean {
  return notExcused(outcome).length === 0 && outcome.oddities.length === 0
}
