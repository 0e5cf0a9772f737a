/**
 * Tells one line in so many milliseconds at the most; the next one says how many were left out. For what strangers can
 * bring about as often as they like.
 */
export function sparing(tell: (text: string) => void, every: number): (text: string) => void {
  let silentUntil = Number.NEGATIVE_INFINITY
  let leftOut = 0
  return (text) => {
    const now = performance.now()
    if (now < silentUntil) {
      leftOut++
      return
    }
    tell(leftOut === 0 ? text : `${text} ${leftOut} more such lines were left out before.`)
    silentUntil = now + every
    leftOut = 0
  }
}
