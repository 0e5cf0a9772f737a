import { durationBounds, type Histogram, outcomes } from './counts.js'
import type { FromWorker, WantedAddress } from './messages.js'

/** A message of a worker on its way: an app may send its own over the same channel, which must not be taken for it. */
export interface Envelope {
  nworkers: FromWorker
}

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value)
const isList =
  (isItem: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(isItem)
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const isNumbers =
  (length: number): Check =>
  (value) =>
    Array.isArray(value) && value.length === length && value.every(isNumber)

/** An object with these fields; further ones do no harm. */
function isObject(fields: Readonly<Record<string, Check>>): Check {
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check(Reflect.get(value, name)))
}

const histogram: Record<keyof Histogram, Check> = {
  counts: isNumbers(durationBounds.length + 1),
  sum: isNumber,
}
const isHistogram = isObject(histogram)

const ways: Readonly<Record<WantedAddress['how'], true>> = { first: true, further: true, late: true }
const wanted: Record<keyof WantedAddress, Check> = {
  address: isText,
  how: (value) => typeof value === 'string' && Object.hasOwn(ways, value),
}

type Fields<Type> = { readonly [Name in Exclude<keyof Extract<FromWorker, { type: Type }>, 'type'>]-?: Check }

/** What each message must hold. Workers run code that the arbiter does not trust, so nothing of it is taken unseen. */
const fields: { readonly [Type in FromWorker['type']]: Fields<Type> } = {
  loaded: { kind: isText },
  ready: {},
  beat: {
    requests: isNumber,
    counts: isObject({ outcomes: isNumbers(outcomes.length), durations: isHistogram }),
    inFlight: isNumber,
    connections: isNumber,
    accepted: isNumber,
    loopDelayMs: isNumber,
    utilization: isNumber,
    queueTimes: isHistogram,
  },
  failed: { code: isText, exitCode: isNumber, message: isText, url: isOptional(isText) },
  leaving: { reason: (value) => value === 'request' || value === 'crash' },
  'accept-again': {},
  'queue-empty': {},
  files: { files: isList(isText) },
  // A family that is broken is no reason to lose the others: each is looked at where they are taken.
  metrics: { families: Array.isArray },
  'inspector-closed': {},
  'address-needed': { wanted: isObject(wanted), message: isText },
}

/** Gives the message in an envelope, if it is one and well-formed. */
export function readFromWorker(received: unknown): FromWorker | undefined {
  const message: unknown = typeof received === 'object' && received && Reflect.get(received, 'nworkers')
  if (typeof message !== 'object' || message === null) return undefined
  const type: unknown = Reflect.get(message, 'type')
  if (typeof type !== 'string' || !Object.hasOwn(fields, type)) return undefined
  const isWhole = isObject(fields[type as FromWorker['type']])
  return isWhole(message) ? (message as FromWorker) : undefined
}
