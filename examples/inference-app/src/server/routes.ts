import type { IncomingMessage, RequestListener } from 'node:http'
import { type Answer, sendAnswer } from './answer.js'
import { readJson } from './body.js'
import { readImages } from './input.js'
import type { Model } from './model.js'
import { Refusal } from './refusal.js'

type Route = (request: IncomingMessage) => Answer | Promise<Answer>

const slot = process.env.NWORKERS_WORKER_SLOT
/** Tells the client which process answered; the slot is null outside nworkers. */
const worker = { pid: process.pid, slot: slot === undefined ? null : Number(slot) }

const description = {
  name: 'Handwritten digits',
  'GET /health': 'answers 200 as long as this worker serves',
  'POST /predict': {
    request: {
      image: '784 numbers: 28 rows of 28 pixels, 0 is paper',
      images: 'instead of image: an array of such images',
      scale: 'the number that means full ink: 255 (default) or 1',
    },
    answer: {
      predictions: [{ label: 7, probabilities: 'of the labels 0 to 9' }],
      scale: 'the scale that was used',
      pid: 'of the worker that answered',
      slot: 'of that worker',
      milliseconds: 'the worker spent on the request once its body had arrived',
    },
  },
}

/** The app as a request listener: finds the route and sends what it answers. */
export function createHandler(model: Model): RequestListener {
  const routes = new Map<string, Map<string, Route>>([
    ['/', new Map([['GET', () => ({ status: 200, body: description })]])],
    ['/health', new Map([['GET', () => ({ status: 200, body: { status: 'ok', ...worker } })]])],
    ['/predict', new Map([['POST', (request) => predict(model, request)]])],
  ])
  return (request, response) => {
    answer(routes, request)
      .catch((error) => explain(error, response.destroyed))
      .then((found) => sendAnswer(request, response, found))
      .catch((error) => console.error(error))
  }
}

async function answer(routes: Map<string, Map<string, Route>>, request: IncomingMessage): Promise<Answer> {
  const [path = '/'] = (request.url ?? '/').split('?', 1)
  const methods = routes.get(path)
  if (!methods) throw new Refusal(404, 'There is nothing at this path; GET / tells what there is.')
  // Node leaves the body away when it answers HEAD.
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const route = methods.get(method ?? 'GET')
  if (route) return route(request)
  const allowed = [...methods.keys()].join(', ')
  throw new Refusal(405, `${path} takes no ${request.method}; it takes ${allowed}.`, { allow: allowed })
}

async function predict(model: Model, request: IncomingMessage): Promise<Answer> {
  const body = await readJson(request)
  const started = performance.now()
  const { pixels, count, scale } = readImages(body, model.inputWidth)
  const outputs = await model.predict(pixels, count)
  const predictions = Array.from({ length: count }, (_, index) =>
    describePrediction(outputs.subarray(index * model.outputWidth, (index + 1) * model.outputWidth)),
  )
  const milliseconds = round(performance.now() - started, 1e3)
  return { status: 200, body: { predictions, scale, ...worker, milliseconds } }
}

function describePrediction(row: Float32Array): { label: number; probabilities: number[] } {
  const probabilities = Array.from(row, (probability) => round(probability, 1e6))
  return { label: row.indexOf(Math.max(...row)), probabilities }
}

function round(value: number, steps: number): number {
  return Math.round(value * steps) / steps
}

function explain(error: unknown, clientIsGone: boolean): Answer {
  if (error instanceof Refusal) {
    return { status: error.status, headers: error.headers, body: { error: error.message } }
  }
  // A client that goes away amid its request is nobody's fault, and nobody reads the answer.
  if (!clientIsGone) console.error(error)
  return { status: 500, body: { error: 'The server failed at this request; its log says why.' } }
}
