/** Moves the parameters one step of about this size along their gradients, and sets the gradients to zero. */
export type Optimizer = (rate: number) => void

const momentum = 0.9
const memory = 0.999

/** Makes an optimizer that fits its steps to each parameter (Kingma and Ba, "Adam", 2015). */
export function createOptimizer(parameters: Float32Array, gradients: Float32Array): Optimizer {
  const size = parameters.length
  const means = new Float32Array(size)
  const squares = new Float32Array(size)
  let momentumLeft = 1
  let memoryLeft = 1

  return (rate) => {
    momentumLeft *= momentum
    memoryLeft *= memory
    const step = rate / (1 - momentumLeft)
    const correction = 1 / (1 - memoryLeft)
    for (let index = 0; index < size; index++) {
      const gradient = gradients[index] as number
      const mean = momentum * (means[index] as number) + (1 - momentum) * gradient
      const square = memory * (squares[index] as number) + (1 - memory) * gradient * gradient
      means[index] = mean
      squares[index] = square
      parameters[index] =
        (parameters[index] as number) - (step * mean) / (Math.sqrt(square * correction) + 1e-8)
      gradients[index] = 0
    }
  }
}
