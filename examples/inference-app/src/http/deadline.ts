import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal.js'
import { quote } from './value.js'

const header = 'x-deadline-ms'

/**
 * The moment, on the clock of `performance.now()`, until which the client wants its request begun: now, when its head
 * has come, and so many milliseconds as its header X-Deadline-Ms says. Throws a refusal if that is no number.
 */
export function readDeadline({ headers }: IncomingMessage): number {
  const text = headers[header]
  if (text === undefined) return Number.POSITIVE_INFINITY
  if (typeof text === 'string' && /^\d{1,9}$/.test(text)) return performance.now() + Number(text)
  throw new Refusal(
    400,
    `X-Deadline-Ms is ${quote(String(text))}; it must be a whole number of milliseconds.`,
  )
}
