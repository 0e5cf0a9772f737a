import { setTimeout as delay } from 'node:timers/promises'
import { describeThrown } from '../app/stack.js'
import type { WorkerHookName } from '../hooks/hooks.js'
import type { BootMessage } from '../ipc/messages.js'
import type { Logger } from '../observe/logger.js'

/** The hooks of the config file that a worker runs. */
export interface ConfigHooks {
  /** Runs one, if there is one, and waits for it, but not for long. A failure is logged and never thrown. */
  run(hook: WorkerHookName, within?: number): Promise<void>
}

export const noHooks: ConfigHooks = { async run() {} }

/** Imports the config file for its hooks, as the user that the worker has become. */
export async function loadConfigHooks(
  { hooks, slot, generation, settings }: BootMessage,
  log: Logger,
): Promise<ConfigHooks> {
  if (hooks === undefined) return noHooks
  const { path, names } = hooks
  let config: Record<string, unknown>
  try {
    const { importConfig } = await import('../config/module.js')
    config = await importConfig(path)
  } catch (error) {
    log.error(`The hooks ${names.join(', ')} of ${path} are not run: ${describeThrown(error)}`)
    return noHooks
  }
  const worker = { slot, generation, pid: process.pid }
  return {
    async run(hook, within = settings.hookTimeout) {
      const call = config[hook]
      if (!names.includes(hook) || typeof call !== 'function') return
      const late = new AbortController()
      try {
        const run = async () => void (await Reflect.apply(call, config, [worker]))
        const outOfTime = delay(within, 'late' as const, { signal: late.signal })
        outOfTime.catch(() => {})
        if ((await Promise.race([run(), outOfTime])) === 'late') {
          log.error(`The hook ${hook} did not end within ${within / 1000} s and is not waited for.`)
        }
      } catch (error) {
        log.error(`The hook ${hook} failed: ${describeThrown(error)}`)
      } finally {
        late.abort()
      }
    },
  }
}
