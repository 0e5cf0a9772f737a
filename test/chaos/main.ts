import { writeFileSync } from 'node:fs'
import { readOptions, usage } from './options.js'
import { isGood } from './outcome.js'
import { writeJson, writeReport } from './report.js'
import { runChaos } from './run.js'

// node dist/test/chaos/main.js [options]: exit code 0 if nothing failed that is not excused, 1 if something did.

/** Reads the words, or says what is wrong with them. */
function options(): ReturnType<typeof readOptions> | undefined {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return undefined
  }
}

const wanted = options()
if (wanted) {
  const stop = new AbortController()
  // It ends the server as at the end of a run, so that nothing is left behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const startedAt = performance.now()
  const outcome = await runChaos(wanted, {
    signal: stop.signal,
    onNote: ({ text }) => console.error(`${((performance.now() - startedAt) / 1000).toFixed(1)} s  ${text}`),
  })
  console.log(writeReport(outcome))
  if (wanted.json !== undefined) writeFileSync(wanted.json, writeJson(outcome))
  process.exitCode = isGood(outcome) ? 0 : 1
} else process.exitCode = 2
