import type { Failure } from './failure.js'
import type { Format } from './format.js'
import type { Address } from './target.js'

/** What is the same for all chunks of a run. */
export interface Order {
  address: Address
  /** The longest an item may take, in milliseconds; 0 is no limit. */
  timeout: number
  /** Set where inputs are texts in this format and results are to be JSON texts. */
  format: Format | undefined
}

/** What a worker is asked to compute. An empty chunk only loads the function. */
export interface Chunk {
  /** The order as JSON: a text is sent much more quickly than an object, and a worker parses it once. */
  order: string
  inputs: readonly unknown[]
  /** Each result is tried before it is sent: one that can't be sent would end the worker. */
  careful: boolean
}

/** What a worker answers. Failures of items are data; a rejection means that the worker itself has died. */
export type Reply =
  | { kind: 'not loaded'; failure: Failure }
  | ({
      kind: 'done'
      /** What the computation took. */
      milliseconds: number
    } & Outcome)

/** What became of a chunk's inputs. */
export interface Outcome {
  /** One for each input; undefined where it failed. */
  values: unknown[]
  /** By position in the chunk. */
  failures: [position: number, failure: Failure][]
}
