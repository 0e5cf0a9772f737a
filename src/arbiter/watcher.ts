import { dirname } from 'node:path'
import type { FSWatcher } from 'chokidar'
import type { Logger } from '../observe/logger.js'

/** Watches files for `--reload`. */
export interface Watcher {
  add(files: readonly string[]): void
  close(): void
}

/** An editor, or a build, writes several times in a row: what follows within this many milliseconds is one change. */
const settling = 150

/**
 * A watcher that says when one of its files has changed. Folders are watched rather than files, since many editors put
 * a new file in place of the old one. Nothing is loaded before there is something to watch.
 */
export function createWatcher(onChange: () => void, log: Logger): Watcher {
  const watched = new Set<string>()
  let watcher: Promise<FSWatcher> | undefined
  let timer: NodeJS.Timeout | undefined

  async function open(): Promise<FSWatcher> {
    const { watch } = await import('chokidar')
    const opened = watch([], { depth: 0, ignoreInitial: true })
    opened.on('all', (_, path) => {
      if (!watched.has(path)) return
      clearTimeout(timer)
      timer = setTimeout(() => {
        log.info(`Changed: ${path}`)
        onChange()
      }, settling)
    })
    opened.on('error', (error) => log.warning(`Files can't be watched: ${String(error)}`))
    return opened
  }

  return {
    add(files) {
      const news = files.filter((file) => !watched.has(file))
      if (news.length === 0) return
      for (const file of news) watched.add(file)
      watcher ??= open()
      watcher
        .then((opened) => opened.add([...new Set(news.map((file) => dirname(file)))]))
        .catch((error: unknown) => log.warning(`Files can't be watched: ${String(error)}`))
    },
    close() {
      clearTimeout(timer)
      void watcher?.then((opened) => opened.close()).catch(() => {})
    },
  }
}
