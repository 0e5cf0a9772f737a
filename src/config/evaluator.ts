import { describeThrown } from '../app/stack.js'
import { describeValue, isCallable, isPlainObject } from '../app/value.js'
import { NworkersError } from '../errors.js'
import { assumeIdentity } from '../machine/privileges.js'
import { followParent } from './guard.js'
import type { Entry, EvaluateMessage, EvaluationMessage } from './messages.js'
import { importConfig } from './module.js'

// The process that evaluates a config file: it answers with data and ends, whatever the file has left running.
followParent()
process.once('message', (order: EvaluateMessage) => {
  void evaluate(order).then((answer) => process.send?.(answer, () => process.exit()))
})

async function evaluate({ path, identity }: EvaluateMessage): Promise<EvaluationMessage> {
  try {
    assumeIdentity(identity)
    const config = await importConfig(path)
    return { type: 'evaluated', entries: Object.entries(config).flatMap(describeEntry) }
  } catch (error) {
    const known = error instanceof NworkersError
    return { type: 'failed', problem: known ? error.message : `it failed.\n${describeThrown(error)}` }
  }
}

/** What is undefined is not there. */
function describeEntry([name, value]: [string, unknown]): Entry[] {
  if (value === undefined) return []
  if (isData(value)) return [{ name, data: value }]
  return [{ name, kind: describeValue(value), isFunction: isCallable(value) }]
}

/** Whether the value is the same after it was written as JSON. */
function isData(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isData)
  if (isPlainObject(value)) return Object.values(value).every((item) => item === undefined || isData(item))
  return value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)
}
