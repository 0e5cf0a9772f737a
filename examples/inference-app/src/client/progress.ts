import type { Result } from './load.js'
import type { Options } from './options.js'

const width = 30
const interval = 250

/**
 * Shows on a terminal how far the run is, and with `--watch-workers` a line whenever a second has passed, on any
 * stderr, of how many requests each worker has answered in it. Gives the function that ends it.
 */
export function showProgress(results: Result[], { seconds, watchWorkers }: Options): () => void {
  const bar = process.stderr.isTTY === true
  if (!bar && !watchWorkers) return () => {}
  const started = performance.now()
  let [seen, told] = [0, 0]
  const timer = setInterval(() => {
    const passed = (performance.now() - started) / 1000
    if (watchWorkers && Math.floor(passed) > told) {
      told = Math.floor(passed)
      process.stderr.write(`${clear(bar)}${`${told} s`.padStart(6)}  ${spread(results.slice(seen))}\n`)
      seen = results.length
    }
    if (bar)
      process.stderr.write(
        `${clear(bar)}${drawBar(Math.min(1, passed / seconds))} ${results.length} requests`,
      )
  }, interval)
  return () => {
    clearInterval(timer)
    process.stderr.write(clear(bar))
  }
}

function clear(terminal: boolean): string {
  return terminal ? '\r\u001b[2K' : ''
}

function drawBar(share: number): string {
  const full = Math.round(share * width)
  return `[${'█'.repeat(full)}${' '.repeat(width - full)}] ${Math.round(share * 100)} %`
}

/** `slot 0 (pid 71): 120, slot 1 (pid 72): 80`. */
function spread(results: Result[]): string {
  const counts = new Map<string, number>()
  for (const { outcome } of results) {
    const name = 'error' in outcome ? outcome.error : `slot ${outcome.slot ?? '–'} (pid ${outcome.pid})`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const parts = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([name, count]) => `${name}: ${count}`)
  return parts.length === 0 ? 'no answer' : parts.join(', ')
}
