import { fileURLToPath } from 'node:url'
import { inspect, types } from 'node:util'

const OWN_SOURCES = fileURLToPath(new URL('..', import.meta.url))
const OWN_SOURCES_URL = new URL('..', import.meta.url).href
/** Frames of Node's module loader and of the TypeScript loader tell nothing about the app. */
const LOADER_FRAME = /node:internal\/|[\\/]node_modules[\\/](?:tsx|esbuild)[\\/]/
/** A chain of causes longer than this is cut. */
const DEEPEST_CAUSE = 5

/**
 * What was thrown, for people: the stack without frames of nworkers and of the loaders, then its causes; for a value
 * that is no error, the value.
 */
export function describeThrown(thrown: unknown, depth = 0): string {
  if (!isError(thrown)) return inspect(thrown, { depth: 1 })
  const own = cleanStack(thrown)
  if (depth === DEEPEST_CAUSE) return own
  const causes = thrown instanceof AggregateError ? thrown.errors.slice(0, DEEPEST_CAUSE) : []
  if (thrown.cause !== undefined) causes.push(thrown.cause)
  return [own, ...causes.map((cause) => `Caused by: ${describeThrown(cause, depth + 1)}`)].join('\n')
}

/** The lines of the stack that are frames of the app. */
export function appFrames(error: Error): string[] {
  return cleanStack(error).split('\n').filter(isFrame)
}

/** Whether the stack begins in nworkers itself. */
export function beginsInOwnCode(error: Error): boolean {
  const [first = ''] = String(error.stack).split('\n').filter(isFrame)
  return isOwn(first)
}

export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value)
}

function cleanStack(error: Error): string {
  // An app may have replaced the stack by anything, or changed the message after the stack was taken.
  const stack: unknown = error.stack
  if (typeof stack !== 'string') return `${error.name}: ${error.message}`
  const whole = stack.includes(error.message) ? stack : `${error.name}: ${error.message}\n${stack}`
  // The compiler names file and line in its message; its frames are all its own.
  const isCompilers = error.message.startsWith('Transform failed with')
  return whole
    .split('\n')
    .filter((line) => !isFrame(line) || !(isCompilers || isForeign(line)))
    .join('\n')
    .trimEnd()
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line)
}

function isForeign(line: string): boolean {
  return LOADER_FRAME.test(line) || isOwn(line)
}

function isOwn(line: string): boolean {
  return line.includes(OWN_SOURCES) || line.includes(OWN_SOURCES_URL)
}
