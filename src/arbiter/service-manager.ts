import { createNotifier } from '../systemd/notify.js'
import type { Observer } from './observer.js'

/** Keeps systemd informed, where it is the one that started this arbiter. */
export function createServiceManager(
  environment: NodeJS.ProcessEnv,
  onFailure: (text: string) => void,
): Observer {
  const notifier = createNotifier(environment, onFailure)
  return (notice) => {
    switch (notice.type) {
      case 'all-ready':
        void notifier.send(
          'READY=1',
          `STATUS=${notice.workers} workers ready, generation ${notice.generation}`,
        )
        return
      case 'stopping':
        void notifier.send('STOPPING=1')
        return
    }
  }
}
