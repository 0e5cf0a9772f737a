import type { Acceptance, Acceptances } from './acceptances.js'
import { type Crash, isIn } from './crashes.js'
import type { Failure } from './record.js'

/** Milliseconds that connecting may take at most: who waited longer was not served, and is not only late for the end. */
const longestConnect = 1_000

export type Verdict = 'excused' | 'not excused' | 'turned away'

export interface Judgement {
  verdict: Verdict
  /** The worker that had accepted the connection, if one had. */
  pid: number | undefined
}

/**
 * Judges failures, each once.
 *
 * Excused is one whose connection broke, and nothing else, when
 * - the worker that had accepted this very connection was killed, stopped or set spinning by the driver before the
 *   failure; each worker writes down a connection in the turn in which it accepts it, so this is known and not guessed;
 * - or no worker has written it down, and a worker was killed or stopped while the request was under way. A worker takes
 *   one connection at a time, so at most one can be taken and not written down when it dies: one such excuse a crash.
 *
 * Never excused are a refused connection (the socket outlives every worker), a time-out, an answer that is wrong in any
 * way, and whatever happens to connections of workers that the driver left alone.
 *
 * Turned away, and not counted, is who was not yet connected when the server was told to end. Whoever was is answered.
 */
export function createJudge(options: {
  crashes: readonly Crash[]
  acceptances: Acceptances
  /** When the server was told to end. */
  stoppedAt: number
}): (failure: Failure) => Judgement {
  const { crashes, acceptances, stoppedAt } = options
  const spent = new Set<Crash>()

  return (failure) => {
    const { connection, begunAt, failedAt } = failure
    if (connection === undefined) {
      const atTheEnd = failedAt >= stoppedAt && begunAt >= stoppedAt - longestConnect
      return { verdict: atTheEnd ? 'turned away' : 'not excused', pid: undefined }
    }
    const from = connection.begunAt
    const acceptance = acceptances.ownerOf(connection.port, { from, to: failedAt })
    const pid = acceptance?.pid
    if (connection.openedAt > stoppedAt) return { verdict: 'turned away', pid }
    if (!failure.lost) return { verdict: 'not excused', pid }
    const cause = acceptance ? crashOf(acceptance, failedAt) : unseen(from, failedAt)
    return { verdict: cause ? 'excused' : 'not excused', pid }
  }

  function crashOf({ pid, at }: Acceptance, failedAt: number): Crash | undefined {
    return crashes.find((crash) => isIn(crash.worker, pid, at) && crash.at <= failedAt)
  }

  function unseen(from: number, to: number): Crash | undefined {
    const cause = crashes.find(
      (crash) => crash.how !== 'spin' && crash.at >= from && crash.at <= to && !spent.has(crash),
    )
    if (cause) spent.add(cause)
    return cause
  }
}
