import module, { createRequire } from 'node:module'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Files that come within this many milliseconds are told together. */
const gathering = 100

/** The folder of our own code. */
const own = fileURLToPath(new URL('../', import.meta.url))

/** Tells which files the app loads, from now on, those in packages left out. A file that can't be loaded is among them. */
export function watchLoadedFiles(tell: (files: string[]) => void): { flush(): void } {
  const told = new Set<string>()
  const cache = createRequire(import.meta.url).cache
  let fresh: string[] = []

  const note = (file: string) => {
    if (told.has(file) || file.includes(`${sep}node_modules${sep}`) || file.startsWith(own)) return
    told.add(file)
    fresh.push(file)
  }
  const flush = () => {
    for (const name of Object.keys(cache)) note(name.replace(/\?.*$/, ''))
    if (fresh.length > 0) tell(fresh)
    fresh = []
  }

  const { port1, port2 } = new MessageChannel()
  port1.on('message', (url: string) => {
    if (url.startsWith('file:')) note(fileURLToPath(url.replace(/[?#].*$/, '')))
  })
  port1.unref()
  module.register('./load-hook.js', import.meta.url, { data: port2, transferList: [port2] })
  setInterval(flush, gathering).unref()
  return { flush }
}
