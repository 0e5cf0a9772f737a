import { readHeldOut } from '../digits.js'
import { type Result, sendDigits } from './load.js'
import { type Options, readOptions, usage } from './options.js'
import { showProgress } from './progress.js'
import { formatReport, summarize } from './report.js'

process.exitCode = await main(process.argv.slice(2))

/** Runs the client and gives its exit code. */
async function main(args: string[]): Promise<number> {
  let options: Options | undefined
  try {
    options = readOptions(args)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    console.error('Run it with --help to see the options.')
    return 2
  }
  if (!options) {
    process.stdout.write(usage)
    return 0
  }
  return run(options)
}

async function run(options: Options): Promise<number> {
  const digits = await readHeldOut()
  const silence = await findSilence(options)
  if (silence !== undefined) {
    console.error(`Nothing answers at ${options.url.origin} (${silence}). Start the server first: npm start`)
    return 1
  }
  const interruption = new AbortController()
  process.once('SIGINT', () => interruption.abort())
  const results: Result[] = []
  const stopShowing = showProgress(results, options)
  const run = await sendDigits(digits, options, interruption.signal, results)
  stopShowing()
  const report = summarize(run, options)
  console.log(options.json ? JSON.stringify(report, null, 2) : formatReport(report, options))
  return report.ok ? 0 : 1
}

/** Asks the server for one answer of any kind; if none comes, tells why. */
async function findSilence({ url, timeout }: Options): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeout * 1000), redirect: 'manual' })
    await response.arrayBuffer()
    return undefined
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return cause instanceof Error ? cause.message : String(cause)
  }
}
