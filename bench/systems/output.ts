import type { ChildProcess } from 'node:child_process'
import { EventEmitter, once } from 'node:events'

/** What a process says, on stdout and stderr. */
export interface ChildStream {
  text(): string
  /** When this was first said, in milliseconds of the monotonic clock. */
  at(pattern: RegExp): number | undefined
  /** Resolves when this has been said, after a position; rejects after so many milliseconds. */
  said(pattern: RegExp, options: { after?: number; within: number }): Promise<void>
}

/** Follows what the process says. */
export function follow(child: ChildProcess): ChildStream {
  const news = new EventEmitter()
  let text = ''
  const times: { at: number; length: number }[] = []
  const take = (chunk: Buffer) => {
    text += chunk
    times.push({ at: performance.now(), length: text.length })
    news.emit('more')
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)
  return {
    text: () => text,
    at(pattern) {
      const position = text.search(pattern)
      return position < 0 ? undefined : times.find(({ length }) => length > position)?.at
    },
    async said(pattern, { after = 0, within }) {
      const signal = AbortSignal.timeout(within)
      while (!pattern.test(text.slice(after))) await once(news, 'more', { signal })
    },
  }
}
