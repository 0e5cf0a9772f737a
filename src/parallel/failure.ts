import { inspect } from 'node:util'
import { isError } from '../app/stack.js'

/** An error as plain data, which any channel between processes carries. */
export interface Failure {
  name: string
  message: string
  stack: string
  code?: string
}

/** Anything that was thrown, as data. */
export function describeFailure(thrown: unknown): Failure {
  if (!isError(thrown)) return { name: 'Error', message: inspect(thrown, { depth: 1 }), stack: '' }
  const code = 'code' in thrown && typeof thrown.code === 'string' ? { code: thrown.code } : {}
  return { name: String(thrown.name), message: String(thrown.message), stack: String(thrown.stack), ...code }
}

/** The error again. Its class is gone; name, message, code and stack are as they were. */
export function reviveFailure({ name, message, stack, code }: Failure): Error {
  const error = new Error(message)
  return Object.assign(error, { name, stack }, code === undefined ? {} : { code })
}
