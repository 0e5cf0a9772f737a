/** Lets coroutines wait until something has changed; each then looks for itself whether it can go on. */
export interface Gate {
  changed(): void
  wait(): Promise<void>
}

export function createGate(): Gate {
  let open: (() => void) | undefined
  let waiting: Promise<void> | undefined
  return {
    changed() {
      open?.()
      open = waiting = undefined
    },
    wait() {
      waiting ??= new Promise((resolve) => {
        open = resolve
      })
      return waiting
    },
  }
}
