/** Keeps the last lines of a stream, for the moment when somebody asks why. */
export interface Tail {
  append(chunk: Buffer): void
  lines(): string[]
}

/** Longer lines are cut, so that a stream without line ends can't grow. */
const longestLine = 4_096

export function createTail(count: number): Tail {
  let complete: string[] = []
  let partial = ''
  return {
    append(chunk) {
      const parts = (partial + chunk.toString('utf8')).split('\n')
      partial = (parts.pop() ?? '').slice(0, longestLine)
      if (parts.length === 0) return
      complete = [...complete, ...parts.map((line) => line.slice(0, longestLine))].slice(-count)
    },
    lines() {
      return (partial ? [...complete, partial] : complete).slice(-count)
    },
  }
}
