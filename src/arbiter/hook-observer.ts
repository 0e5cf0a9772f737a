import type { HookProcess } from '../hooks/hook-process.js'
import type { ServerInfo, WorkerInfo } from '../hooks/hooks.js'
import type { Fleet, Worker } from './fleet/state.js'
import type { Observer } from './observer.js'

/**
 * Tells the hooks of the config file what happens in the fleet. Nobody waits for them.
 *
 * @param hooksOf - the hooks of a generation
 * @param describe - the fleet as hooks see it
 */
export function createHookObserver(
  hooksOf: (generation: number) => HookProcess | undefined,
  describe: (fleet: Fleet) => ServerInfo,
): Observer {
  let readyGeneration = 0
  return (notice, fleet) => {
    const server = describe(fleet)
    const hooks = hooksOf(fleet.generation)
    switch (notice.type) {
      case 'all-ready':
        if (notice.generation === readyGeneration) return
        readyGeneration = notice.generation
        void hooks?.call('whenReady', server)
        return
      case 'reload-started': {
        const { generation } = notice
        void hooksOf(generation)?.call('onReload', server, { generation })
        return
      }
      case 'reload-failed':
        if (!fleet.stop) {
          const { generation, reason } = notice
          void hooks?.call('onReloadFailed', server, { generation, reason })
        }
        return
      case 'worker-hung':
        void hooks?.call('workerAbort', server, infoOf(notice.worker), { silence: notice.silence })
        return
      case 'worker-exited': {
        const { worker, reason, exit } = notice
        const { code, signal } = exit
        void hooks?.call('childExit', server, infoOf(worker), { reason, code, signal })
        return
      }
      case 'scaled':
        void hooks?.call('nworkersChanged', server, notice.to, notice.from)
        return
      case 'stopping':
        if (!notice.quick || fleet.stop?.drainAt === fleet.now) void hooks?.call('onStopping', server)
        return
    }
  }
}

function infoOf({ slot, generation, pid = 0 }: Worker): WorkerInfo {
  return { slot, generation, pid }
}
