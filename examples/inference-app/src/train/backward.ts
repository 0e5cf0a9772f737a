import type { Activations, Layer, Network } from './network.js'

/** For every layer the slope of the loss by each of its weights and biases, summed over the inputs of a batch. */
export type Gradients = Pick<Layer, 'weights' | 'biases'>[]

/** Gradients of zero. */
export function createGradients(network: Network): Gradients {
  return network.map(({ weights, biases }) => ({
    weights: new Float32Array(weights.length),
    biases: new Float32Array(biases.length),
  }))
}

/**
 * Adds to the gradients what one input, whose activations are known, contributes (cross-entropy loss).
 * `targets` are the wanted probabilities. The activations are used up: they hold the slopes afterwards.
 */
export function backward(
  network: Network,
  input: Float32Array,
  activations: Activations,
  label: number,
  gradients: Gradients,
): void {
  let slopes = activations[network.length - 1] as Float32Array
  // Softmax and cross-entropy together have this simple slope: given probability minus wanted probability.
  slopes[label] = (slopes[label] as number) - 1

  for (let index = network.length - 1; index >= 0; index--) {
    const layer = network[index] as Layer
    const gradient = gradients[index] as Gradients[number]
    for (let output = 0; output < slopes.length; output++) {
      gradient.biases[output] = (gradient.biases[output] as number) + (slopes[output] as number)
    }
    const inputs = index === 0 ? input : (activations[index - 1] as Float32Array)
    accumulate(gradient.weights, inputs, slopes)
    if (index > 0) slopesOfInputs(layer.weights, inputs, slopes)
    slopes = inputs
  }
}

function accumulate(gradient: Float32Array, inputs: Float32Array, slopes: Float32Array): void {
  const width = slopes.length
  for (let input = 0; input < inputs.length; input++) {
    const value = inputs[input] as number
    if (value === 0) continue
    const row = input * width
    for (let output = 0; output < width; output++) {
      gradient[row + output] = (gradient[row + output] as number) + value * (slopes[output] as number)
    }
  }
}

/** Replaces each input by the slope of the loss by it. Where the ReLU before it was shut (0) the slope is 0 too. */
function slopesOfInputs(weights: Float32Array, inputs: Float32Array, slopes: Float32Array): void {
  const width = slopes.length
  for (let input = 0; input < inputs.length; input++) {
    if (inputs[input] === 0) continue
    const row = input * width
    let slope = 0
    for (let output = 0; output < width; output++) {
      slope += (weights[row + output] as number) * (slopes[output] as number)
    }
    inputs[input] = slope
  }
}
