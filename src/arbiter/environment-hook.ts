import type { ServerInfo, WorkerInfo } from '../hooks/hooks.js'
import type { Logger } from '../observe/logger.js'
import type { Blueprint } from './blueprint.js'

/** The hook `preSpawn`: workers wait for it before they have a process. */
export interface EnvironmentHook {
  /** Calls the hook, then `start` with the variables it gave; without them if it failed or took too long. */
  ask(
    blueprint: Blueprint,
    server: ServerInfo,
    worker: Omit<WorkerInfo, 'pid'> & { id: number },
    start: (blueprint: Blueprint) => void,
  ): void
  /** Starts this worker no more; gives whether it was waiting. */
  cancel(id: number): boolean
}

/** The hook of the config files of all generations. */
export function createEnvironmentHook(log: Logger): EnvironmentHook {
  const waiting = new Set<number>()
  return {
    ask(blueprint, server, { id, slot, generation }, start) {
      waiting.add(id)
      const answer = blueprint.hooks?.call('preSpawn', server, { slot, generation }) ?? Promise.resolve()
      void answer.then((result) => {
        if (!waiting.delete(id)) return
        const env = { ...blueprint.settings.env, ...readVariables(result, log) }
        start({ ...blueprint, settings: { ...blueprint.settings, env } })
      })
    },
    cancel: (id) => waiting.delete(id),
  }
}

function readVariables(result: unknown, log: Logger): Record<string, string> {
  if (result === undefined || result === null) return {}
  const pairs = typeof result === 'object' && !Array.isArray(result) ? Object.entries(result) : undefined
  if (pairs?.every(([name, value]) => isName(name) && isValue(value))) {
    return Object.fromEntries(pairs.map(([name, value]) => [name, String(value)]))
  }
  log.error(
    `The hook preSpawn gave ${JSON.stringify(result)}. Expected an object of variables, { KEY: 'value' }.`,
  )
  return {}
}

function isName(name: string): boolean {
  return name !== '' && !/[=\0]/.test(name)
}

function isValue(value: unknown): boolean {
  return typeof value === 'string' ? !value.includes('\0') : ['number', 'boolean'].includes(typeof value)
}
