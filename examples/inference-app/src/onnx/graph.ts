import { createHash } from 'node:crypto'
import { bytes, integer, message, text } from './protobuf.js'

// Only the few messages of onnx.proto that the models made here need. The numbers are its field and enum numbers.

/** Numbers of TensorProto.DataType. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const

/** An input or output of a graph. A dimension with a name may have any size. */
export interface GraphValue {
  name: string
  type: keyof typeof elementTypes
  shape: (number | string)[]
}

/** An operator that makes one output, which it is named after. */
export interface GraphNode {
  operator: string
  inputs: string[]
  output: string
  attributes?: Record<string, number>
}

/** Weights, float32. */
export interface GraphWeights {
  name: string
  shape: number[]
  values: Float32Array
}

export interface Graph {
  name: string
  nodes: GraphNode[]
  weights: GraphWeights[]
  inputs: GraphValue[]
  outputs: GraphValue[]
}

/** Version of the file format and of the operators: old enough for every runtime of the last years. */
const irVersion = 8
const opset = 13

/** Weights in a file of their own begin at such multiples, so that the file can be mapped into memory. */
const alignment = 64 * 1024

/** A model whose weights are inside it. */
export function encodeGraph(graph: Graph, version = 1): Buffer {
  return encode(graph, version, (weights) => [bytes(9, rawBytes(weights))])
}

/** A model and, apart, the bytes of its weights. */
export interface GraphApart {
  model: Buffer
  data: Buffer
  /** The file beside the model that the data must be in. It has a hash in its name: a model never finds another's. */
  location: string
}

/**
 * A model whose weights are kept in a file beside it, `NAME-HASH.data`. The model holds a checksum of each weight, as
 * the format allows.
 */
export function encodeGraphApart(graph: Graph, name: string, version = 1): GraphApart {
  const raws = graph.weights.map(rawBytes)
  const data = Buffer.concat(
    raws.flatMap((raw) => [raw, Buffer.alloc((alignment - (raw.length % alignment)) % alignment)]),
  )
  const location = `${name}-${createHash('sha256').update(data).digest('hex').slice(0, 12)}.data`
  let offset = 0
  const model = encode(graph, version, (_weights, index) => {
    const raw = raws[index] as Buffer
    const checksum = createHash('sha1').update(raw).digest('hex')
    const entries = { location, offset, length: raw.length, checksum }
    offset += Math.ceil(raw.length / alignment) * alignment
    return [
      ...Object.entries(entries).map(([key, value]) => message(13, [text(1, key), text(2, String(value))])),
      integer(14, 1),
    ]
  })
  return { model, data, location }
}

function encode(
  graph: Graph,
  version: number,
  encodeValues: (weights: GraphWeights, index: number) => Buffer[],
): Buffer {
  return Buffer.concat([
    integer(1, irVersion),
    text(2, 'nworkers inference-app'),
    integer(5, version),
    message(7, [
      ...graph.nodes.map(node),
      text(2, graph.name),
      ...graph.weights.map((weights, index) => tensor(weights, encodeValues(weights, index))),
      ...graph.inputs.map((value) => valueInfo(11, value)),
      ...graph.outputs.map((value) => valueInfo(12, value)),
    ]),
    message(8, [text(1, ''), integer(2, opset)]),
  ])
}

function node({ operator, inputs, output, attributes = {} }: GraphNode): Buffer {
  return message(1, [
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(3, output),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) =>
      message(5, [text(1, name), integer(3, value), integer(20, 2)]),
    ),
  ])
}

function tensor({ name, shape }: GraphWeights, values: Buffer[]): Buffer {
  return message(5, [
    ...shape.map((dimension) => integer(1, dimension)),
    integer(2, elementTypes.float32),
    text(8, name),
    ...values,
  ])
}

function valueInfo(field: number, { name, type, shape }: GraphValue): Buffer {
  const dimensions = shape.map((dimension) =>
    message(1, [typeof dimension === 'string' ? text(2, dimension) : integer(1, dimension)]),
  )
  const tensorType = message(1, [integer(1, elementTypes[type]), message(2, dimensions)])
  return message(field, [text(1, name), message(2, [tensorType])])
}

function rawBytes({ values }: GraphWeights): Buffer {
  const raw = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => {
    raw.writeFloatLE(value, index * 4)
  })
  return raw
}
