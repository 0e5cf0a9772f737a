import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Queue } from '../compute/queue.js'
import { type Answer, json } from '../http/answer.js'
import { readBody, requireType } from '../http/body.js'
import { readDeadline } from '../http/deadline.js'
import { fixedRoutes, type Routes } from '../http/router.js'
import { createTensor, type Model, type Slot } from '../model/model.js'
import { worker } from '../worker.js'
import { decodeText } from './alphabet.js'
import { lineHeight, readLine } from './picture.js'

/** `POST /read`: a PNG of a line of text in, its text out. */
export function readRoutes(model: Model, queue: Queue, alphabet: string[], bodyMax: number): Routes {
  const [input, output] = [model.inputs[0] as Slot, model.outputs[0] as Slot]

  async function read(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    requireType(request, ['image/png', 'application/octet-stream'])
    const deadline = readDeadline(request)
    const png = await readBody(request, bodyMax)
    const started = performance.now()
    const { planes, width } = readLine(png)
    const picture = createTensor(input.datatype, planes, [1, 3, lineHeight, width])
    const isGone = () => response.destroyed
    const outputs = await queue.compute({ inputs: { [input.name]: picture }, deadline, isGone })
    const { text, confidence } = decodeText(outputs[output.name]?.data as Float32Array, alphabet)
    return json(200, { text, confidence, ...worker, milliseconds: Math.round(performance.now() - started) })
  }

  return fixedRoutes({ '/read': { POST: read } })
}
