import { describeThrown } from '../app/stack.js'
import { followParent } from '../config/guard.js'
import { importConfig } from '../config/module.js'
import { NworkersError } from '../errors.js'
import { assumeIdentity } from '../machine/privileges.js'
import type { FromHooks, ToHooks } from './messages.js'

// The hook process: it runs the arbiter's hooks from the config file, each as soon as it is asked to.
followParent()
let config: Promise<Record<string, unknown>> = Promise.reject(new Error('no config file was loaded'))
config.catch(() => {})
process.on('message', (order: ToHooks) => {
  switch (order.type) {
    case 'load':
      config = load(order)
      // Each call tells it.
      config.catch(() => {})
      return
    case 'call':
      void call(order).then((answer) => process.send?.(answer, () => {}))
      return
    case 'ping':
      process.send?.({ type: 'pong' } satisfies FromHooks)
  }
})
process.on('disconnect', () => process.exit())
// What is left over by one hook must not end the others.
process.on('uncaughtException', (error) => console.error(`Uncaught in a hook: ${describeThrown(error)}`))

async function load({ path, identity }: ToHooks & { type: 'load' }): Promise<Record<string, unknown>> {
  assumeIdentity(identity)
  return await importConfig(path)
}

async function call({ id, hook, parameters }: ToHooks & { type: 'call' }): Promise<FromHooks> {
  try {
    const exported = await config
    const run = exported[hook]
    if (typeof run !== 'function') throw new Error('the config file no longer has it')
    const result: unknown = await Reflect.apply(run, exported, parameters)
    return hook === 'preSpawn' ? { type: 'done', id, result } : { type: 'done', id }
  } catch (error) {
    return {
      type: 'failed',
      id,
      problem: error instanceof NworkersError ? error.message : describeThrown(error),
    }
  }
}
