import type { Graph, GraphNode, GraphWeights } from '../onnx/graph.js'
import type { Layer, Network } from './network.js'

/**
 * A network as an ONNX graph: `image` (float32, any number of rows of pixels from 0 to 1) goes in, `probabilities` (one
 * row for every image) comes out.
 */
export function graphOf(network: Network): Graph {
  const first = network[0]
  const last = network[network.length - 1]
  if (!first || !last) throw new Error('A network needs at least one layer.')
  return {
    name: 'digits',
    nodes: [
      ...network.flatMap(layerNodes),
      {
        operator: 'Softmax',
        inputs: [`sum${network.length}`],
        output: 'probabilities',
        attributes: { axis: -1 },
      },
    ],
    weights: network.flatMap(layerWeights),
    inputs: [{ name: 'image', type: 'float32', shape: ['batch', first.inputs] }],
    outputs: [{ name: 'probabilities', type: 'float32', shape: ['batch', last.outputs] }],
  }
}

/** Layer 1 makes `sum1` of `image` and `layer1` of `sum1`, layer 2 `sum2` of `layer1`, and so on. */
function layerNodes(_layer: Layer, index: number, network: Network): GraphNode[] {
  const number = index + 1
  const gemm: GraphNode = {
    operator: 'Gemm',
    inputs: [index === 0 ? 'image' : `layer${index}`, `weights${number}`, `biases${number}`],
    output: `sum${number}`,
    // OpenCV's reader of ONNX takes weights in no other order than one row for every output.
    attributes: { transB: 1 },
  }
  if (number === network.length) return [gemm]
  return [gemm, { operator: 'Relu', inputs: [`sum${number}`], output: `layer${number}` }]
}

function layerWeights(layer: Layer, index: number): GraphWeights[] {
  return [
    {
      name: `weights${index + 1}`,
      shape: [layer.outputs, layer.inputs],
      values: rowForEveryOutput(layer),
    },
    { name: `biases${index + 1}`, shape: [layer.outputs], values: layer.biases },
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
