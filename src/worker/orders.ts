import type { BootMessage, ToWorker } from '../ipc/messages.js'
import type { Logger } from '../observe/logger.js'
import { tellAppMetrics } from './app-metrics.js'
import { send } from './channel.js'
import type { DrainOrder } from './drain.js'
import type { Service } from './service.js'
import { giveUpSurplus } from './surplus.js'

/** The worker as its arbiter's orders see it. */
export interface Commanded {
  boot(message: BootMessage): Promise<void>
  drain(order: DrainOrder): void
  /** The arbiter has closed its copies of the sockets. */
  released(): void
  quit(): void
  /** What is served, from ready on until the last connection has ended. */
  service(): Service | undefined
}

/** Obeys the arbiter from now on. */
export function hearOrders(worker: Commanded, log: Logger): void {
  process.on('message', (order: ToWorker, handle?: unknown) => {
    switch (order.type) {
      case 'boot':
        void worker.boot(order)
        return
      case 'drain':
        worker.drain(order)
        return
      case 'released':
        worker.released()
        return
      case 'quit':
        worker.quit()
        return
      case 'metrics':
        void tellAppMetrics()
        return
      case 'close-inspector':
        void closeInspector()
        return
      case 'reopen':
        reopenLog(worker.service(), log)
        return
      case 'even':
        giveUpSurplus(worker.service(), order.surplus)
        return
      case 'listener':
        // Node passes the handle of the socket beside the message.
        if (isHandle(handle)) worker.service()?.listeners.resume(handle, order.fd)
        return
    }
  })
}

async function closeInspector(): Promise<void> {
  const { close } = await import('node:inspector')
  close()
  send({ type: 'inspector-closed' })
}

function reopenLog(service: Service | undefined, log: Logger): void {
  try {
    service?.accessLog?.reopen()
  } catch (error) {
    log.error(`The old access log stays in use. ${error instanceof Error ? error.message : String(error)}`)
  }
}

function isHandle(value: unknown): value is { close(): void } {
  return typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function'
}
