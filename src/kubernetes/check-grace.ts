import { error, type Finding, note, warning } from './finding.js'
import { numberAt, type Place, textAt } from './place.js'
import type { Server } from './server.js'

/** Time for what no deadline of nworkers measures: the last lines of logs, the end of the container. Seconds. */
const margin = 10

/** How long a cluster may go on sending to a pod that is to end, until every node and proxy has heard. Seconds. */
const endpointLag = 5

/** What the cluster takes where nothing is said. */
const defaultGrace = 30

/** The seconds that a pod has to end in, and what it may need of them. */
export interface Grace {
  given: number
  preStop: number
  shutdownDelay: number
  gracefulTimeout: number
  needed: number
}

export function graceOf({ workload, container, settings }: Server): Grace {
  const given = numberAt(workload.pod.at('terminationGracePeriodSeconds')) ?? defaultGrace
  const preStop = preStopOf(container).seconds ?? 0
  const shutdownDelay = secondsOf(settings.shutdownDelay)
  const gracefulTimeout = secondsOf(settings.gracefulTimeout)
  return {
    given,
    preStop,
    shutdownDelay,
    gracefulTimeout,
    needed: preStop + shutdownDelay + gracefulTimeout + margin,
  }
}

/** The sum, as a person would write it. */
export function sumOf({ preStop, shutdownDelay, gracefulTimeout, needed }: Grace): string {
  return `${needed} s: ${preStop} s of preStop, ${shutdownDelay} s of --shutdown-delay, ${gracefulTimeout} s of --graceful-timeout and ${margin} s to end`
}

/** Whether a pod has the time that its settings take, and goes on serving until the cluster has heard of its end. */
export function checkGrace(server: Server): Finding[] {
  return [...checkPeriod(server), ...checkLag(server), ...checkSignals(server), ...checkLongest(server)]
}

function checkPeriod(server: Server): Finding[] {
  const grace = graceOf(server)
  if (grace.given >= grace.needed) return []
  const place = server.workload.pod.at('terminationGracePeriodSeconds')
  const said = place.value === undefined ? 'is not set, which is 30' : `is ${grace.given}`
  return [
    error(
      place,
      `terminationGracePeriodSeconds ${said}, and the pod may need ${sumOf(grace)}. What still runs after it is killed: set it to ${grace.needed} or more.`,
    ),
  ]
}

function checkLag(server: Server): Finding[] {
  const { seconds, place } = preStopOf(server.container)
  const delay = server.placeOf('shutdownDelay')
  if (seconds === undefined) {
    return [
      note(
        place,
        "How long this takes can't be seen here; it is counted as 0 s. --shutdown-delay does the same and needs no hook.",
      ),
    ]
  }
  const { preStop, shutdownDelay } = graceOf(server)
  if (preStop + shutdownDelay >= endpointLag) return []
  return [
    error(
      delay,
      `The pod goes on serving for ${preStop + shutdownDelay} s when it is told to end, and the cluster may send to it for up to ${endpointLag} s more: add --shutdown-delay=${endpointLag}s or longer.`,
    ),
  ]
}

function checkSignals({ program }: Server): Finding[] {
  const { between, place } = program
  if (between === undefined) return []
  const wayOut = /sh$/.test(between)
    ? 'write "exec nworkers …" in the shell'
    : 'let the command be node_modules/.bin/nworkers itself, best after tini'
  return [
    error(
      place,
      `${between} gets the TERM of the kubelet and does not pass it on, so nworkers is killed without a drain: ${wayOut}.`,
    ),
  ]
}

/** Requests that nworkers lets run for longer than a leaving worker may. */
function checkLongest({ settings, placeOf }: Server): Finding[] {
  const { gracefulTimeout } = settings
  const limits = [
    { name: 'timeout', flag: '--timeout', what: 'A worker may hold its event loop', value: settings.timeout },
    {
      name: 'requestDeadline',
      flag: '--request-deadline',
      what: 'A request may take',
      value: settings.requestDeadline,
    },
  ] as const
  return limits
    .filter(({ value }) => value > gracefulTimeout)
    .map(({ name, flag, what, value }) =>
      warning(
        placeOf(name),
        `${what} for ${secondsOf(value)} s by ${flag}, and is cut after ${secondsOf(gracefulTimeout)} s of --graceful-timeout when the pod ends: make that as long.`,
      ),
    )
}

/** What the hook before TERM takes; undefined seconds where that can't be told. */
function preStopOf(container: Place): { seconds: number | undefined; place: Place } {
  const place = container.at('lifecycle', 'preStop')
  if (place.value === undefined) return { seconds: 0, place }
  const words = place
    .at('exec', 'command')
    .items()
    .map((word) => textAt(word) ?? String(word.value))
  const [, slept] = /(?:^|[\s/])sleep (\d+(?:\.\d+)?)s?$/.exec(words.join(' ')) ?? []
  const seconds = numberAt(place.at('sleep', 'seconds')) ?? (slept === undefined ? undefined : Number(slept))
  return { seconds, place }
}

function secondsOf(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000)
}
