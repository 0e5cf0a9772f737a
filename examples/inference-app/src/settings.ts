import { fileURLToPath } from 'node:url'

/** How the app serves. */
export interface Settings {
  /** Path of the model. */
  model: string
  /** Name and version to serve it by; its own by default. */
  modelName: string | undefined
  modelVersion: string | undefined
  /** Sizes of named dimensions for the warm-up run. */
  warmUp: Record<string, number>
  /** Bytes a body may have. */
  bodyMax: number
  /** Requests that may wait for the model in one worker. */
  queueMax: number
  /** Rows that are computed as one run; 1 is no batching. */
  batchMax: number
  /** Milliseconds that the first request of a batch waits for others. */
  batchDelay: number
}

const digits = fileURLToPath(new URL('../models/digits.onnx', import.meta.url))

/** Reads the settings from environment variables. Throws a sentence that names the bad one. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  return {
    model: environment.MODEL || digits,
    modelName: environment.MODEL_NAME || undefined,
    modelVersion: environment.MODEL_VERSION || undefined,
    warmUp: readSizes(environment.WARM_UP ?? ''),
    bodyMax: readNumber('BODY_MAX', environment.BODY_MAX, { standard: 1024 * 1024, least: 1, most: 2 ** 30 }),
    queueMax: readNumber('QUEUE_MAX', environment.QUEUE_MAX, { standard: 100, least: 0, most: 1e6 }),
    batchMax: readNumber('BATCH_MAX', environment.BATCH_MAX, { standard: 1, least: 1, most: 1e6 }),
    batchDelay: readNumber('BATCH_DELAY_MS', environment.BATCH_DELAY_MS, {
      standard: 0,
      least: 0,
      most: 1e4,
    }),
  }
}

interface Range {
  standard: number
  least: number
  most: number
}

function readNumber(name: string, text: string | undefined, { standard, least, most }: Range): number {
  if (text === undefined || text === '') return standard
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new Error(`${name} is ${text}; it must be a whole number from ${least} to ${most}.`)
}

function readSizes(text: string): Record<string, number> {
  const pairs = text.split(',').filter((pair) => pair !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name, size] = /^([^=]+)=([1-9]\d*)$/.exec(pair) ?? []
      if (name === undefined)
        throw new Error(`WARM_UP has ${pair}; it must be pairs such as batch=1,width=320.`)
      return [name, Number(size)]
    }),
  )
}
