import { dirname } from 'node:path'
import type { FSWatcher } from 'chokidar'
import type { Logger } from '../observe/logger.js'
import { watchGlobs } from './glob-watcher.js'

/** Watches files for `--reload`. */
export interface Watcher {
  add(files: readonly string[]): void
  /** Watches what matches these globs, which start at the folder, in place of the globs before. */
  match(globs: readonly string[], folder: string): void
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
  let matched = JSON.stringify([])
  let closeGlobs = () => {}

  async function open(): Promise<FSWatcher> {
    const { watch } = await import('chokidar')
    const opened = watch([], { depth: 0, ignoreInitial: true })
    opened.on('all', (_, path) => {
      if (watched.has(path)) note(path)
    })
    opened.on('error', warn)
    return opened
  }

  function note(path: string): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      log.info(`Changed: ${path}`)
      onChange()
    }, settling)
  }

  function warn(error: unknown): void {
    log.warning(`Files can't be watched: ${String(error)}`)
  }

  return {
    add(files) {
      const news = files.filter((file) => !watched.has(file))
      if (news.length === 0) return
      for (const file of news) watched.add(file)
      watcher ??= open()
      watcher.then((opened) => opened.add([...new Set(news.map((file) => dirname(file)))])).catch(warn)
    },
    match(globs, folder) {
      const next = JSON.stringify(globs.map((glob) => [folder, glob]))
      if (next === matched) return
      matched = next
      closeGlobs()
      closeGlobs = globs.length > 0 ? watchGlobs(globs, folder, { onChange: note, onError: warn }) : () => {}
    },
    close() {
      clearTimeout(timer)
      closeGlobs()
      void watcher?.then((opened) => opened.close()).catch(() => {})
    },
  }
}
