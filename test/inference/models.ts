import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { encodeGraph, type Graph, type GraphValue } from '../../examples/inference-app/src/onnx/graph.js'

/** The datatypes of the protocol and what ONNX calls them. */
export const elementTypes = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
} as const

/** An operator for each of these inputs, which gives it back as `NAME_out`. */
export function echo(name: string, inputs: GraphValue[]): Graph {
  return {
    name,
    nodes: inputs.map((input) => ({
      operator: 'Identity',
      inputs: [input.name],
      output: `${input.name}_out`,
    })),
    weights: [],
    inputs,
    outputs: inputs.map((input) => ({ ...input, name: `${input.name}_out` })),
  }
}

/** An input of any length for every datatype, named after it, and `matrix`, rows of two numbers. */
export const everyType = echo('every-type', [
  ...Object.entries(elementTypes).map(([name, type]) => ({ name, type, shape: [`${name}_length`] })),
  { name: 'matrix', type: 'float32', shape: ['rows', 2] },
])

const width = 1024
const rounds = 8

/**
 * Gives back `x`, rows of one number, and takes about as long as `rounds` million multiplications for each row: it
 * multiplies by the identity.
 */
export const slow: Graph = {
  name: 'slow',
  nodes: [
    { operator: 'MatMul', inputs: ['x', 'spread'], output: 'step0' },
    ...Array.from({ length: rounds }, (_, index) => ({
      operator: 'MatMul',
      inputs: [`step${index}`, 'identity'],
      output: `step${index + 1}`,
    })),
    { operator: 'MatMul', inputs: [`step${rounds}`, 'gather'], output: 'y' },
  ],
  weights: [
    { name: 'spread', shape: [1, width], values: new Float32Array(width).fill(1 / width) },
    {
      name: 'identity',
      shape: [width, width],
      values: Float32Array.from({ length: width * width }, (_, index) => (index % (width + 1) === 0 ? 1 : 0)),
    },
    { name: 'gather', shape: [width, 1], values: new Float32Array(width).fill(1) },
  ],
  inputs: [{ name: 'x', type: 'float32', shape: ['rows', 1] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['rows', 1] }],
}

/** Gives the squares of the indices 0 to 9, and fails at any other. */
export const squares: Graph = {
  name: 'squares',
  nodes: [{ operator: 'Gather', inputs: ['table', 'index'], output: 'square' }],
  weights: [
    { name: 'table', shape: [10], values: Float32Array.from({ length: 10 }, (_, index) => index ** 2) },
  ],
  inputs: [{ name: 'index', type: 'int64', shape: ['rows'] }],
  outputs: [{ name: 'square', type: 'float32', shape: ['rows'] }],
}

/** A folder for models that is removed by `remove`. */
export function modelFolder(): {
  write(name: string, graph: Graph, version?: number): string
  remove(): void
} {
  const folder = mkdtempSync(path.join(tmpdir(), 'inference-test-'))
  return {
    write(name, graph, version) {
      const file = path.join(folder, name)
      writeFileSync(file, encodeGraph(graph, version))
      return file
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
