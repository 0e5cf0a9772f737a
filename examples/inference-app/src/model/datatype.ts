import type { Tensor } from 'onnxruntime-node'

/** Any array of numbers that a tensor may lie in. */
export type Numbers =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigInt64Array
  | BigUint64Array

/** How an element is written: as a number with these bounds, as a float, as true or false, as text. */
export type Kind =
  | { is: 'integer'; least: number; most: number }
  | { is: 'big'; least: bigint; most: bigint }
  | { is: 'float'; most: number }
  | { is: 'half' }
  | { is: 'boolean' }
  | { is: 'text' }

/** A datatype of the Open Inference Protocol and its counterpart in onnxruntime. */
export interface Datatype {
  /** As the protocol has it: FP32, INT64, BYTES. */
  name: string
  /** As onnxruntime has it. */
  runtime: Tensor.Type
  /** Bytes of one element in binary data; 0 if that varies. */
  size: number
  kind: Kind
  /** Room for so many elements; none for text. */
  allocate?: (length: number) => Numbers
}

function integer(
  name: string,
  runtime: Tensor.Type,
  bits: number,
  signed: boolean,
  allocate: Datatype['allocate'],
) {
  const span = 2 ** bits
  const kind: Kind = { is: 'integer', least: signed ? -span / 2 : 0, most: signed ? span / 2 - 1 : span - 1 }
  return { name, runtime, size: bits / 8, kind, ...(allocate && { allocate }) }
}

/** The largest finite numbers of 16, 32 and 64 bits. */
export const mostHalf = 65504
const mostSingle = (2 - 2 ** -23) * 2 ** 127

export const datatypes: readonly Datatype[] = [
  { name: 'BOOL', runtime: 'bool', size: 1, kind: { is: 'boolean' }, allocate: (n) => new Uint8Array(n) },
  integer('UINT8', 'uint8', 8, false, (n) => new Uint8Array(n)),
  integer('UINT16', 'uint16', 16, false, (n) => new Uint16Array(n)),
  integer('UINT32', 'uint32', 32, false, (n) => new Uint32Array(n)),
  integer('INT8', 'int8', 8, true, (n) => new Int8Array(n)),
  integer('INT16', 'int16', 16, true, (n) => new Int16Array(n)),
  integer('INT32', 'int32', 32, true, (n) => new Int32Array(n)),
  {
    name: 'UINT64',
    runtime: 'uint64',
    size: 8,
    kind: { is: 'big', least: 0n, most: 2n ** 64n - 1n },
    allocate: (n) => new BigUint64Array(n),
  },
  {
    name: 'INT64',
    runtime: 'int64',
    size: 8,
    kind: { is: 'big', least: -(2n ** 63n), most: 2n ** 63n - 1n },
    allocate: (n) => new BigInt64Array(n),
  },
  // Its bits; JavaScript has an array for such numbers since Node 24 only.
  { name: 'FP16', runtime: 'float16', size: 2, kind: { is: 'half' }, allocate: (n) => new Uint16Array(n) },
  {
    name: 'FP32',
    runtime: 'float32',
    size: 4,
    kind: { is: 'float', most: mostSingle },
    allocate: (n) => new Float32Array(n),
  },
  {
    name: 'FP64',
    runtime: 'float64',
    size: 8,
    kind: { is: 'float', most: Number.MAX_VALUE },
    allocate: (n) => new Float64Array(n),
  },
  { name: 'BYTES', runtime: 'string', size: 0, kind: { is: 'text' } },
]

/** The datatype that onnxruntime calls so, if the protocol has one. */
export function datatypeOf(runtime: string): Datatype | undefined {
  return datatypes.find((datatype) => datatype.runtime === runtime)
}
