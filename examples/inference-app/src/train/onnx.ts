import type { Layer, Network } from './network.js'
import { bytes, integer, message, text } from './protobuf.js'

// Only the few messages of onnx.proto that a chain of layers needs. The numbers are its field and enum numbers.

const float32 = 1
/** Version of the file format and of the operators: old enough for every runtime of the last years. */
const irVersion = 8
const opset = 13

/**
 * Encodes a network as an ONNX model: `image` (float32, any number of rows of pixels from 0 to 1) goes in,
 * `probabilities` (one row for every image) comes out.
 */
export function encodeModel(network: Network): Buffer {
  const first = network[0]
  const last = network[network.length - 1]
  if (!first || !last) throw new Error('A network needs at least one layer.')
  return Buffer.concat([
    integer(1, irVersion),
    text(2, 'nworkers inference-app'),
    integer(5, 1),
    message(7, [
      ...network.flatMap(layerNodes),
      node('Softmax', [`sum${network.length}`], 'probabilities', [integerAttribute('axis', -1)]),
      text(2, 'digits'),
      ...network.flatMap(layerWeights),
      tensorInfo(11, 'image', first.inputs),
      tensorInfo(12, 'probabilities', last.outputs),
    ]),
    message(8, [text(1, ''), integer(2, opset)]),
  ])
}

/** Layer 1 makes `sum1` of `image` and `layer1` of `sum1`, layer 2 `sum2` of `layer1`, and so on. */
function layerNodes(_layer: Layer, index: number, network: Network): Buffer[] {
  const number = index + 1
  const input = index === 0 ? 'image' : `layer${index}`
  const gemm = node('Gemm', [input, `weights${number}`, `biases${number}`], `sum${number}`, [
    // OpenCV's reader of ONNX takes weights in no other order than one row for every output.
    integerAttribute('transB', 1),
  ])
  return number === network.length ? [gemm] : [gemm, node('Relu', [`sum${number}`], `layer${number}`, [])]
}

function layerWeights(layer: Layer, index: number): Buffer[] {
  return [
    tensor(`weights${index + 1}`, [layer.outputs, layer.inputs], rowForEveryOutput(layer)),
    tensor(`biases${index + 1}`, [layer.outputs], layer.biases),
  ]
}

function rowForEveryOutput({ inputs, outputs, weights }: Layer): Float32Array {
  const turned = new Float32Array(weights.length)
  for (let input = 0; input < inputs; input++) {
    for (let output = 0; output < outputs; output++) {
      turned[output * inputs + input] = weights[input * outputs + output] as number
    }
  }
  return turned
}

function node(operator: string, inputs: string[], output: string, attributes: Buffer[]): Buffer {
  return message(1, [
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(3, output),
    text(4, operator),
    ...attributes,
  ])
}

function integerAttribute(name: string, value: number): Buffer {
  return message(5, [text(1, name), integer(3, value), integer(20, 2)])
}

function tensor(name: string, dimensions: number[], values: Float32Array): Buffer {
  const raw = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => {
    raw.writeFloatLE(value, index * 4)
  })
  return message(5, [
    ...dimensions.map((dimension) => integer(1, dimension)),
    integer(2, float32),
    text(8, name),
    bytes(9, raw),
  ])
}

/** An input or output of the graph: any number of rows, named `batch`, of `width` numbers. */
function tensorInfo(field: number, name: string, width: number): Buffer {
  const shape = message(2, [message(1, [text(2, 'batch')]), message(1, [integer(1, width)])])
  return message(field, [text(1, name), message(2, [message(1, [integer(1, float32), shape])])])
}
