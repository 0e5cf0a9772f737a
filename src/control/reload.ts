import type { Notice } from '../arbiter/fleet/event.js'
import type { Fleet } from '../arbiter/fleet/state.js'
import type { Shell } from '../arbiter/shell.js'

/** How a rollout goes, line by line; the last line is the verdict. */
export type Progress =
  /** Another rollout is running; this one follows. */
  | { type: 'queued' }
  | { type: 'started'; generation: number; from: number }
  /** A worker of the new generation has proved itself, so that its predecessor leaves. */
  | { type: 'replaced'; slot: number; pid: number | null; replaced: number; target: number }
  | Verdict

export type Verdict =
  | { type: 'verdict'; verdict: 'done'; generation: number; tookMs: number }
  /**
   * `stays` is the generation that serves on; without a generation the rollout has not begun. `details` is what a worker
   * has said that could not boot.
   */
  | {
      type: 'verdict'
      verdict: 'failed'
      generation: number | null
      stays: number
      reason: string
      details: string | null
    }

/**
 * Asks for a reload and follows the rollout that comes of it until its verdict.
 *
 * @param signal - ends the following, not the rollout
 */
export async function followReload(
  shell: Shell,
  tell: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve) => {
    let generation: number | undefined
    let replaced = 0
    let details: string | null = null
    const end = () => {
      unwatch()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const conclude = (verdict: Verdict) => {
      tell(verdict)
      end()
    }
    const fail = (reason: string) =>
      conclude({
        type: 'verdict',
        verdict: 'failed',
        generation: generation ?? null,
        stays: shell.fleet().generation,
        reason,
        details,
      })
    const isOurs = (notice: { generation: number }) => notice.generation === generation

    function observe(notice: Notice, { target }: Fleet): void {
      switch (notice.type) {
        case 'reload-started':
          if (!asked || generation !== undefined) return
          generation = notice.generation
          tell({ type: 'started', generation, from: notice.from })
          return
        case 'boot-failed':
          if (isOurs(notice.worker)) details = notice.failure.message
          return
        case 'retiring': {
          const { slot, pid } = notice.worker
          if (generation === undefined || notice.reason !== 'reload') return
          tell({ type: 'replaced', slot, pid: pid ?? null, replaced: ++replaced, target })
          return
        }
        case 'reload-done':
          if (isOurs(notice)) {
            conclude({
              type: 'verdict',
              verdict: 'done',
              generation: notice.generation,
              tookMs: Math.round(notice.took),
            })
          }
          return
        case 'reload-failed':
          if (isOurs(notice)) fail(notice.reason)
          return
        case 'stopping':
          fail('nworkers is stopping')
          return
      }
    }

    // What begins while the settings are being read was asked for by somebody else.
    let asked = false
    const unwatch = shell.watch(observe)
    signal.addEventListener('abort', end, { once: true })
    const onRead = () => {
      asked = true
      const { rollout, everReady } = shell.fleet()
      if (rollout || !everReady) tell({ type: 'queued' })
    }
    shell.reload({ onRead, onRefusal: fail })
  })
}
