import { readFileSync } from 'node:fs'
import { inFlightExpression } from '../../ipc/in-flight.js'
import { type Findings, pauseAndRead } from './inspector.js'

/** The JavaScript must stop within this; less than the fleet waits for the examination, in milliseconds. */
const within = 2_000

/** Lines of the stack that are told. */
const mostFrames = 20

/** A process that can be examined. */
export interface Suspect {
  pid: number
  /** Opens its inspector; gives its URL, or nothing if it did not open in time. */
  openInspector(signal: AbortSignal): Promise<string | undefined>
  lastBeat: LastBeat | undefined
}

/** What a worker last said of itself. */
export interface LastBeat {
  /** Milliseconds of the monotonic clock. */
  at: number
  inFlight: number
}

/** The folder of all that is not the app. */
const ownCode = new URL('../../', import.meta.url).href

/**
 * Finds out where a worker is, from outside its event loop. It goes on afterwards; its inspector stays open.
 * @returns lines for a reader: the requests it is answering and the stack, or why there is none
 */
export async function examine({ pid, openInspector, lastBeat }: Suspect): Promise<string[]> {
  const refused = (why: string) => [why, ...describeBeat(lastBeat)]
  if (isStopped(pid))
    return refused('The process is stopped (SIGSTOP or a debugger), so its stack can not be read.')
  const signal = AbortSignal.timeout(within)
  const url = await openInspector(signal)
  // Node opens the inspector from JavaScript or from the event loop, so what is in neither keeps it shut.
  if (url === undefined) {
    return refused(
      `It is in native code${kernelFunction(pid)}, so its stack can not be read; or the app listens for SIGUSR1, which ` +
        'keeps the inspector shut.',
    )
  }
  const findings = await pauseAndRead(url, inFlightExpression, signal)
  if (findings) return describe(findings)
  return refused(
    `It is in native code${kernelFunction(pid)}, not in JavaScript, so its stack can not be read.`,
  )
}

/** Who can't be asked for requests may have told their number before. */
function describeBeat(beat: LastBeat | undefined): string[] {
  if (!beat) return []
  const age = Math.round((performance.now() - beat.at) / 100) / 10
  return [`It last told of ${beat.inFlight} requests in flight, ${age} s ago.`]
}

function describe({ frames, value }: Findings): string[] {
  const requests = value === undefined ? [] : value.split('\n').filter(Boolean)
  const told = frames.slice(0, mostFrames)
  const answering = requests.map((request) => `It was answering ${request}`)
  if (frames.every(isOurs))
    return [...answering, 'Its event loop waits: no JavaScript of the app is running.']
  return [
    ...answering,
    'It is at:',
    ...told.map((frame) => `    at ${frame}`),
    ...(frames.length > told.length ? [`    … and ${frames.length - told.length} more`] : []),
  ]
}

/** A worker that waits is next seen in the timer by which it watches its event loop. */
function isOurs(frame: string): boolean {
  return frame.includes(`(${ownCode}`) || frame.includes('(node:internal/')
}

/** proc(5): the state is the first field after the name, which ends at the last parenthesis. */
function isStopped(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`)
  const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
  return state === 'T' || state === 't'
}

/** Where the kernel has the process waiting, if it tells. */
function kernelFunction(pid: number): string {
  const name = read(`/proc/${pid}/wchan`)
  return name === '' || name === '0' ? '' : ` (waiting in the kernel's ${name})`
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
