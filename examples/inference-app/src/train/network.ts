import { type Random, spread } from './random.js'

/** One fully connected layer: `outputs = inputs × weights + biases`. */
export interface Layer {
  inputs: number
  outputs: number
  /** One row of `outputs` numbers for every input. */
  weights: Float32Array
  biases: Float32Array
}

/** Layers one after the other, with a ReLU between them and a softmax at the end. */
export type Network = Layer[]

/** A network of these sizes with random weights in He's range, which keeps the signal's strength through ReLUs. */
export function createNetwork(sizes: number[], random: Random): Network {
  return sizes.slice(1).map((outputs, index) => {
    const inputs = sizes[index] as number
    const reach = Math.sqrt(6 / inputs)
    const weights = Float32Array.from({ length: inputs * outputs }, () => spread(random, reach))
    return { inputs, outputs, weights, biases: new Float32Array(outputs) }
  })
}

/** What each layer put out for one input; the last one holds the probabilities. */
export type Activations = Float32Array[]

/** Room for the activations of one input. */
export function createActivations(network: Network): Activations {
  return network.map((layer) => new Float32Array(layer.outputs))
}

/** Runs the network on one input; the probabilities are in the last of the `activations`. */
export function forward(network: Network, input: Float32Array, activations: Activations): Float32Array {
  let values = input
  network.forEach((layer, index) => {
    const outputs = activations[index] as Float32Array
    outputs.set(layer.biases)
    multiply(layer, values, outputs)
    if (index < network.length - 1) rectify(outputs)
    values = outputs
  })
  softmax(values)
  return values
}

function multiply({ weights, outputs: width }: Layer, inputs: Float32Array, outputs: Float32Array): void {
  for (let input = 0; input < inputs.length; input++) {
    const value = inputs[input] as number
    // Most pixels are paper and many ReLUs are shut: skipping zeros is most of the speed.
    if (value === 0) continue
    const row = input * width
    for (let output = 0; output < width; output++) {
      outputs[output] = (outputs[output] as number) + value * (weights[row + output] as number)
    }
  }
}

function rectify(values: Float32Array): void {
  for (let index = 0; index < values.length; index++) {
    if ((values[index] as number) < 0) values[index] = 0
  }
}

function softmax(values: Float32Array): void {
  const largest = values.reduce((most, value) => Math.max(most, value))
  let sum = 0
  for (let index = 0; index < values.length; index++) {
    const power = exponential((values[index] as number) - largest)
    values[index] = power
    sum += power
  }
  for (let index = 0; index < values.length; index++) values[index] = (values[index] as number) / sum
}

/**
 * e to the power of x, for x <= 0, by squaring e^(x / 1024) ten times. `Math.exp` may differ in its last digit from one
 * machine to the next, and then so would the trained model.
 */
function exponential(x: number): number {
  if (x < -80) return 0
  const small = x / 1024
  let power = 1 + small * (1 + (small / 2) * (1 + small / 3))
  for (let squaring = 0; squaring < 10; squaring++) power *= power
  return power
}

/** The index of the largest value. */
export function indexOfLargest(values: Float32Array): number {
  let best = 0
  for (let index = 1; index < values.length; index++) {
    if ((values[index] as number) > (values[best] as number)) best = index
  }
  return best
}
