import { fstatSync } from 'node:fs'
import { createCrew } from '../parallel/crew.js'
import { dispatch } from '../parallel/dispatch.js'
import type { Failure } from '../parallel/failure.js'
import { countJobs } from '../parallel/jobs.js'
import type { Settled } from '../parallel/slot.js'
import { addressOf } from '../parallel/target.js'
import { type Input, type Line, openInput } from './map/input.js'
import { interruptions } from './map/interruptions.js'
import { createMeter } from './map/meter.js'
import { type MapOptions, mapHelp, parseMapOptions } from './map/options.js'
import { appendTo, type Output, toStdout } from './map/output.js'
import { print } from './terminal.js'

/** More failures than this are only counted: each also has its line in the output. */
const failuresTold = 100

/**
 * Computes a function for every item on stdin and writes the results, one line each. Returns the exit code: 0 when
 * every item is done, 1 when some failed, 128 and the signal's number when it was interrupted.
 * @throws NWORKERS_E_USAGE, NWORKERS_E_SPECIFIER, NWORKERS_E_BOOT, NWORKERS_E_OUTPUT
 */
export async function map(words: readonly string[]): Promise<number> {
  const options = await parseMapOptions(words)
  if (options === 'help') {
    print(await mapHelp())
    return 0
  }
  const jobs = countJobs(options.jobs)
  const address = addressOf(options.target, options.chdir)
  const output = options.resume === undefined ? toStdout() : appendTo(options.resume)
  const input = await openInput(process.stdin, options.from, inputSize())
  try {
    return await run(options, jobs, address, input, output)
  } finally {
    input.close()
    output.close()
  }
}

async function run(
  options: MapOptions,
  jobs: number,
  address: ReturnType<typeof addressOf>,
  input: Input,
  output: Output,
): Promise<number> {
  await input.skip(output.written)
  const { ordered, chunk, timeout, retries, verbose } = options
  const { format } = input
  const wire = ({ text }: Line) => text
  const plan = { address, ordered, chunk, timeout, retries, format, total: undefined, wire }
  const meter = createMeter(jobs, verbose, () => input.part())
  const interrupted = interruptions(() => {
    meter.say('Finishing what runs; the same again ends it at once.')
    input.stop()
  })
  const crew = await createCrew(jobs, options.backend)
  let failed = 0
  try {
    for await (const settled of dispatch(crew, input, plan, interrupted.signal)) {
      await output.write(settled.map(resultLine).join(''))
      if (output.isClosed()) return 0
      for (const { item, failure } of settled) {
        if (failure !== undefined && failed++ < failuresTold) meter.say(failureText(item, failure))
      }
      meter.advance(settled.length)
    }
  } catch (error) {
    if (!interrupted.signal.aborted) throw error
  } finally {
    meter.end()
    interrupted.end()
    await crew.close()
  }
  if (failed > 0)
    meter.say(`${failed} of ${meter.done()} items failed; each has a line with "error" in the output.`)
  return interrupted.exitCode() ?? (failed > 0 ? 1 : 0)
}

function resultLine({ item, value, failure }: Settled<Line>): string {
  if (failure === undefined) return `${value}\n`
  return `${JSON.stringify({ error: failureText(item, failure), line: item.number })}\n`
}

function failureText({ number }: Line, { name, message }: Failure): string {
  return `Line ${number} failed: ${name === 'NworkersError' ? '' : `${name}: `}${message}`
}

/** Bytes on stdin where that is a file: only then is the end known. */
function inputSize(): number | undefined {
  const stat = fstatSync(0)
  return stat.isFile() ? stat.size : undefined
}
