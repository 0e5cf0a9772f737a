import { parseArgs } from 'node:util'

/** How the client plays its users. */
export interface Options {
  /** Base address of the server. */
  url: URL
  /** Requests a second, on average; undefined for a closed loop, in which each user sends as soon as it is answered. */
  rate: number | undefined
  /** How long new requests are sent. */
  seconds: number
  /** Users: each has one connection and waits for one answer at a time. */
  concurrency: number
  /** Digits in one request. */
  batch: number
  /** Whether a user keeps the connection for the next request. */
  keepAlive: boolean
  /** Seconds after which a request without an answer counts as failed. */
  timeout: number
  /** Milliseconds within which the server must begin to compute, sent as X-Deadline-Ms; undefined for any time. */
  deadline: number | undefined
  /** Share of right answers, 0 to 1, below which the client fails. */
  minAccuracy: number
  /** Whether the report is JSON. */
  json: boolean
  /** Whether it is shown, while it runs, which worker answers how much. */
  watchWorkers: boolean
}

export const usage = `Plays users of the inference server: sends digits the model has never seen.

Usage: npm run client -- [options]

  --url URL           the server (http://127.0.0.1:8000)
  --rate N            requests a second, on average, at random moments (100)
  --closed            no rate: each user sends again as soon as it is answered
  --seconds N         how long to send requests (10)
  --concurrency N     users, each with one connection (32)
  --batch N           digits in one request (1)
  --no-keep-alive     a new connection for every request
  --timeout N         seconds to wait for an answer (10)
  --deadline N        milliseconds until the server must have begun to compute (none)
  --min-accuracy N    fail below this share of right answers (0.97)
  --watch-workers     show how the requests spread over the workers, as they run
  --json              print the report as JSON
  --help              print this text

Exit code: 0 all is well, 1 a request failed or too few answers were right, 2 wrong options.
`

/** Reads the command line; undefined asks for the usage. Throws an error with a sentence for the user. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    allowNegative: true,
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:8000' },
      rate: { type: 'string' },
      closed: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '10' },
      concurrency: { type: 'string', default: '32' },
      batch: { type: 'string', default: '1' },
      'keep-alive': { type: 'boolean', default: true },
      timeout: { type: 'string', default: '10' },
      deadline: { type: 'string' },
      'min-accuracy': { type: 'string', default: '0.97' },
      'watch-workers': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  if (values.closed && values.rate !== undefined)
    throw new Error('--closed has no rate; leave out one of the two.')
  return {
    url: readUrl(values.url),
    rate: values.closed
      ? undefined
      : readNumber('--rate', values.rate ?? '100', { least: 0.1, most: 100_000 }),
    seconds: readNumber('--seconds', values.seconds, { least: 0.1, most: 86_400 }),
    concurrency: readNumber('--concurrency', values.concurrency, { least: 1, most: 10_000, whole: true }),
    batch: readNumber('--batch', values.batch, { least: 1, most: 200, whole: true }),
    keepAlive: values['keep-alive'],
    timeout: readNumber('--timeout', values.timeout, { least: 0.1, most: 3600 }),
    deadline:
      values.deadline === undefined
        ? undefined
        : readNumber('--deadline', values.deadline, { least: 0, most: 86_400_000, whole: true }),
    minAccuracy: readNumber('--min-accuracy', values['min-accuracy'], { least: 0, most: 1 }),
    watchWorkers: values['watch-workers'],
    json: values.json,
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:') return url
  throw new Error(`--url is ${text}; it must be an address such as http://127.0.0.1:8000.`)
}

interface Range {
  least: number
  most: number
  whole?: boolean
}

function readNumber(flag: string, text: string, { least, most, whole = false }: Range): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value
  throw new Error(`${flag} is ${text}; it must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`)
}
