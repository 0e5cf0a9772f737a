import { parseArgs } from 'node:util'
import type { Mode } from './schedule.js'

/** What a run is to be. */
export interface ChaosOptions {
  seconds: number
  workers: number
  seed: number
  mode: Mode
  /** How many times the usual number of clients. */
  load: number
  /** The Node that runs the server. */
  node: string
  /** Where to write the outcome as JSON. */
  json: string | undefined
  /** More settings of the server, by their flags without dashes; they win over those of the driver. */
  settings: Record<string, string>
}

export const usage = `Usage: npm run chaos -- [options]

  --seconds N     how long to go on, 30 by default
  --workers N     with how many workers to begin, 4 by default
  --seed N        which schedule of actions, 1 by default
  --mode MODE     calm (reloads, scaling, recycling, broken deploys), the default, or crash (kills and hangs too)
  --load N        how many times the usual number of clients, 1 by default
  --node PATH     the Node that runs the server, this one by default
  --json FILE     write the outcome to a file
  --set FLAG=VALUE  another setting of the server, such as drain-linger=2; repeat it for more`

/** Reads the words of the command line; throws an error whose message is for the user. */
export function readOptions(words: string[]): ChaosOptions {
  const { values } = parseArgs({
    args: words,
    options: {
      seconds: { type: 'string', default: '30' },
      workers: { type: 'string', default: '4' },
      seed: { type: 'string', default: '1' },
      mode: { type: 'string', default: 'calm' },
      load: { type: 'string', default: '1' },
      node: { type: 'string', default: process.execPath },
      json: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
    },
  })
  const { mode } = values
  if (mode !== 'calm' && mode !== 'crash') throw new Error(`--mode is ${mode}; it is calm or crash.`)
  return {
    seconds: wholeNumber('seconds', values.seconds, 1),
    workers: wholeNumber('workers', values.workers, 1),
    seed: wholeNumber('seed', values.seed, 0),
    mode,
    load: wholeNumber('load', values.load, 1),
    node: values.node,
    json: values.json,
    settings: Object.fromEntries(values.set.map(splitSetting)),
  }
}

function wholeNumber(flag: string, text: string, least: number): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < least) {
    throw new Error(`--${flag} is ${text}; it must be a whole number from ${least} on.`)
  }
  return number
}

function splitSetting(text: string): [string, string] {
  const [, flag, value] = /^([a-z-]+)=(.*)$/.exec(text) ?? []
  if (flag === undefined || value === undefined) throw new Error(`--set is ${text}; it must be FLAG=VALUE.`)
  return [flag, value]
}
