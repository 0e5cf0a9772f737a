import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Queue } from '../compute/queue.js'
import { imageSize } from '../digits.js'
import { type Answer, json } from '../http/answer.js'
import { parseJson, readBody, requireType } from '../http/body.js'
import { readDeadline } from '../http/deadline.js'
import { fixedRoutes, type Routes } from '../http/router.js'
import { createTensor, type Model, type Slot } from '../model/model.js'
import { worker } from '../worker.js'
import { readImages } from './images.js'
import { describePrediction, labels, round } from './prediction.js'

/** Tells whether a model reads digits: rows of pixels in, rows of ten probabilities out. */
export function readsDigits({ inputs, outputs }: Model): boolean {
  return isRows(inputs, imageSize) && isRows(outputs, labels)
}

function isRows(slots: Slot[], width: number): boolean {
  const [slot] = slots
  if (slots.length !== 1 || slot?.datatype.name !== 'FP32') return false
  return slot.shape.length === 2 && typeof slot.shape[0] === 'string' && slot.shape[1] === width
}

/** `POST /predict`, for a model that reads digits: friendlier than the protocol, and made for the page and the client. */
export function predictRoutes(model: Model, queue: Queue, bodyMax: number): Routes {
  const [input, output] = [model.inputs[0] as Slot, model.outputs[0] as Slot]

  async function predict(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    requireType(request, ['application/json'])
    const deadline = readDeadline(request)
    const body = await readBody(request, bodyMax)
    const started = performance.now()
    const { pixels, count, scale } = readImages(parseJson(body), imageSize)
    const image = createTensor(input.datatype, pixels, [count, imageSize])
    const isGone = () => response.destroyed
    const outputs = await queue.compute({ inputs: { [input.name]: image }, deadline, isGone })
    const rows = outputs[output.name]?.data as Float32Array
    const predictions = Array.from({ length: count }, (_, index) =>
      describePrediction(rows.subarray(index * labels, (index + 1) * labels)),
    )
    const milliseconds = round(performance.now() - started, 1e3)
    return json(200, { predictions, scale, ...worker, milliseconds })
  }

  return fixedRoutes({ '/predict': { POST: predict } })
}
