import { setTimeout as pause } from 'node:timers/promises'
import { type Digits, imageSize } from '../digits.js'
import type { Options } from './options.js'
import { createUser, type Outcome, type User } from './user.js'

/** What became of one digit. */
export interface Result {
  outcome: Outcome
  /** What the digit shows. */
  label: number
  /** Milliseconds from the moment the request was due to the end of its answer. */
  latency: number
}

/** What became of all digits. */
export interface Run {
  results: Result[]
  /** From the start to the last answer. */
  seconds: number
}

/** A digit on its way to the server. */
interface Task {
  body: string
  label: number
  /** When it should be sent, on the clock of `performance.now()`. */
  due: number
}

/**
 * Sends digits at random moments (a Poisson process) and tells what became of them once the last answer is there.
 * Requests fall due whether or not the server keeps up (an open loop, as real users are); the time one waits for a free
 * user counts as its latency. Ends early, with what there is, when the signal is aborted.
 */
export async function sendDigits(digits: Digits, options: Options, signal: AbortSignal): Promise<Run> {
  const { url, rate, seconds, connections, keepAlive, timeout } = options
  const users = Array.from({ length: connections }, () => createUser(url, keepAlive, timeout))
  const bodies = encodeBodies(digits)
  const results: Result[] = []
  const waiting: Task[] = []
  // The user who has been idle longest is next, so that all connections are in use.
  const idle = [...users]
  const busy = new Set<Promise<void>>()

  const serve = async (user: User) => {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const late = performance.now() - task.due > timeout * 1000
      const outcome = late ? { error: 'timeout' } : await user.send(task.body)
      results.push({ outcome, label: task.label, latency: performance.now() - task.due })
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
    const index = sent % digits.labels.length
    waiting.push({ body: bodies[index] as string, label: digits.labels[index] as number, due })
    const user = idle.shift()
    if (user) {
      const work = serve(user).finally(() => busy.delete(work))
      busy.add(work)
    }
  }
  if (signal.aborted) waiting.length = 0
  await Promise.all(busy)
  for (const user of users) user.leave()
  return { results, seconds: (performance.now() - started) / 1000 }
}

/** Every digit as the JSON text of a request, made beforehand so that it costs no time under load. */
function encodeBodies({ pixels, labels }: Digits): string[] {
  return Array.from(labels, (_, index) => {
    const image = Array.from(pixels.subarray(index * imageSize, (index + 1) * imageSize))
    return JSON.stringify({ image, scale: 255 })
  })
}

async function waitUntil(moment: number, signal: AbortSignal): Promise<void> {
  const wait = moment - performance.now()
  if (wait > 0) await pause(wait, undefined, { signal }).catch(() => undefined)
}
