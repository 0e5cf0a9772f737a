/**
 * A function that does its work once at a time: asked for while it is under way, it is done once more afterwards,
 * however often it was asked for. The work must not throw.
 */
export function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let isRunning = false
  let isWanted = false
  return async () => {
    isWanted = true
    if (isRunning) return
    isRunning = true
    while (isWanted) {
      isWanted = false
      await work()
    }
    isRunning = false
  }
}
