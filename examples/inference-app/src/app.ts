import { createQueue } from './compute/queue.js'
import { json } from './http/answer.js'
import { createHandler, fixedRoutes } from './http/router.js'
import { loadModel } from './model/model.js'
import { pageRoutes } from './page/routes.js'
import { offlinePredict } from './predict/offline.js'
import { predictRoutes, readsDigits } from './predict/routes.js'
import { protocolRoutes } from './protocol/routes.js'
import { readSettings } from './settings.js'
import { worker } from './worker.js'

const settings = readSettings(process.env)

// Loading and warming up happen while this module is imported: a worker counts as ready only afterwards.
const model = await loadModel(settings.model, {
  name: settings.modelName,
  version: settings.modelVersion,
  warmUp: settings.warmUp,
})
const queue = createQueue(model, settings)

const description = {
  name: model.name,
  'GET /health': 'answers 200 as long as this worker serves',
  [`GET /v2/models/${model.name}`]: 'tells the inputs and outputs of the model',
  [`POST /v2/models/${model.name}/infer`]: 'computes, as the Open Inference Protocol has it',
  ...(readsDigits(model) && {
    'POST /predict': '{ "image": [784 numbers from 0, paper, to 255, ink] } reads a digit',
  }),
}

const general = fixedRoutes({
  '/': { GET: () => json(200, description) },
  '/health': { GET: () => json(200, { status: 'ok', ...worker }) },
})
const forDigits = readsDigits(model)
  ? [await pageRoutes(description), predictRoutes(model, queue, settings.bodyMax)]
  : []

/** Answers HTTP requests for inference. */
export const app = createHandler([...forDigits, general, protocolRoutes(model, queue, settings.bodyMax)], {
  'x-model-version': model.version,
  'x-model-hash': model.hash,
})

/** Reads digits offline: `nworkers map examples/inference-app:predict < digits.ndjson`. */
export const predict = readsDigits(model) ? offlinePredict(model) : undefined
