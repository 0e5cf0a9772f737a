import { type Digits, imageSize } from '../digits.js'
import { createOptimizer } from './adam.js'
import { backward, createGradients, type Gradients } from './backward.js'
import { type Distortion, distort } from './distort.js'
import { createActivations, forward, type Network } from './network.js'
import { type Random, shuffledIndices } from './random.js'

/** How a network is trained. */
export interface Plan {
  /** How many times every image is seen, each time distorted anew. */
  epochs: number
  /** Images between two changes of the weights. */
  batch: number
  /** Size of the first steps; it falls evenly to 0 at the end. */
  rate: number
  distortion: Distortion
}

/** Trains the network in place. `afterEpoch` is told the number of epochs done. */
export function fit(
  network: Network,
  { pixels, labels }: Digits,
  { epochs, batch, rate, distortion }: Plan,
  random: Random,
  afterEpoch: (epoch: number) => void,
): void {
  const image = new Float32Array(imageSize)
  const activations = createActivations(network)
  const gradients = createGradients(network)
  const optimize = createOptimizers(network, gradients)
  const steps = epochs * Math.ceil(labels.length / batch)
  let stepsDone = 0

  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = shuffledIndices(random, labels.length)
    for (let start = 0; start < order.length; start += batch) {
      const chosen = order.subarray(start, start + batch)
      for (const index of chosen) {
        distort(pixels.subarray(index * imageSize, (index + 1) * imageSize), image, distortion, random)
        forward(network, image, activations)
        backward(network, image, activations, labels[index] as number, gradients)
      }
      optimize(rate * (1 - stepsDone / steps))
      stepsDone++
    }
    afterEpoch(epoch)
  }
}

/**
 * Makes the function that moves all weights one step. The gradients are sums over a batch where most books have means:
 * Adam's steps do not depend on their size.
 */
function createOptimizers(network: Network, gradients: Gradients): (rate: number) => void {
  const optimizers = network.flatMap((layer, index) => {
    const { weights, biases } = gradients[index] as Gradients[number]
    return [createOptimizer(layer.weights, weights), createOptimizer(layer.biases, biases)]
  })
  return (rate) => {
    for (const optimize of optimizers) optimize(rate)
  }
}
