/** Lets coroutines wait until something has changed; each then looks for itself whether it can go on. */
export interface Gate {
  changed(): void
  wait(): Promise<void>
}

export function createGate(): Gate {
  let open: () => void = () => {}
  const next = () =>
    new Promise<void>((resolve) => {
      open = resolve
    })
  let waiting = next()
  return {
    changed() {
      open()
      waiting = next()
    },
    wait: () => waiting,
  }
}
