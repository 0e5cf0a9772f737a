import { setTimeout as pause } from 'node:timers/promises'
import { type Digits, imageSize } from '../digits.js'
import type { Options } from './options.js'
import { createUser, type Outcome, type User } from './user.js'

/** What became of one request. */
export interface Result {
  outcome: Outcome
  /** What its digits show. */
  labels: number[]
  /** Milliseconds from the moment the request was due to the end of its answer. */
  latency: number
}

/** What became of all requests. */
export interface Run {
  results: Result[]
  /** From the start to the last answer. */
  seconds: number
}

/** A request, made beforehand so that it costs no time under load. */
interface Letter {
  body: string
  labels: number[]
}

/**
 * Sends digits and tells what became of them once the last answer is there. Ends early, with what there is, when the
 * signal is aborted; `results` may be watched as they come.
 */
export async function sendDigits(
  digits: Digits,
  options: Options,
  signal: AbortSignal,
  results: Result[] = [],
): Promise<Run> {
  const { concurrency, rate } = options
  const users = Array.from({ length: concurrency }, () => createUser(options))
  const letters = writeLetters(digits, options.batch)
  const started = performance.now()
  if (rate === undefined) await closedLoop(users, letters, options, signal, results)
  else await openLoop(users, letters, { ...options, rate }, signal, results)
  for (const user of users) user.leave()
  return { results, seconds: (performance.now() - started) / 1000 }
}

/** Each user sends the next request as soon as it is answered: how much the server can do at most. */
async function closedLoop(
  users: User[],
  letters: Letter[],
  { seconds }: Options,
  signal: AbortSignal,
  results: Result[],
): Promise<void> {
  const end = performance.now() + seconds * 1000
  let sent = 0
  const play = async (user: User) => {
    while (performance.now() < end && !signal.aborted) {
      const { body, labels } = letters[sent++ % letters.length] as Letter
      const due = performance.now()
      const outcome = await user.send(body)
      results.push({ outcome, labels, latency: performance.now() - due })
      // An answer that fails at once must not keep the loop from turning.
      if ('error' in outcome) await pause(1)
    }
  }
  await Promise.all(users.map(play))
}

/**
 * Requests fall due at random moments (a Poisson process) whether or not the server keeps up, as those of independent
 * users do; the time one waits for a free user counts as its latency, so that a server that stalls can't hide it.
 */
async function openLoop(
  users: User[],
  letters: Letter[],
  { rate, seconds, timeout }: Options & { rate: number },
  signal: AbortSignal,
  results: Result[],
): Promise<void> {
  const waiting: (Letter & { due: number })[] = []
  // The user who has been idle longest is next, so that all connections are in use.
  const idle = [...users]
  const busy = new Set<Promise<void>>()

  const serve = async (user: User) => {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const late = performance.now() - task.due > timeout * 1000
      const outcome = late ? { error: 'timeout' } : await user.send(task.body)
      results.push({ outcome, labels: task.labels, latency: performance.now() - task.due })
    }
    idle.push(user)
  }

  const started = performance.now()
  let due = started
  for (let sent = 0; ; sent++) {
    due += (-Math.log(1 - Math.random()) * 1000) / rate
    if (due > started + seconds * 1000) break
    await waitUntil(due, signal)
    if (signal.aborted) break
    // A timer may end a millisecond early: what is sent then is due then, or its latency would come out too short.
    const since = Math.min(due, performance.now())
    waiting.push({ ...(letters[sent % letters.length] as Letter), due: since })
    const user = idle.shift()
    if (user) {
      const work = serve(user).finally(() => busy.delete(work))
      busy.add(work)
    }
  }
  if (signal.aborted) waiting.length = 0
  await Promise.all(busy)
}

/** All digits, `batch` in a request. */
function writeLetters({ pixels, labels }: Digits, batch: number): Letter[] {
  return Array.from({ length: Math.floor(labels.length / batch) }, (_, letter) => {
    const indices = Array.from({ length: batch }, (_, position) => letter * batch + position)
    const images = indices.map((index) => [...pixels.subarray(index * imageSize, (index + 1) * imageSize)])
    const body = batch === 1 ? { image: images[0], scale: 255 } : { images, scale: 255 }
    return { body: JSON.stringify(body), labels: indices.map((index) => labels[index] as number) }
  })
}

async function waitUntil(moment: number, signal: AbortSignal): Promise<void> {
  const wait = moment - performance.now()
  if (wait > 0) await pause(wait, undefined, { signal }).catch(() => undefined)
}
