import { loadModel } from './server/model.js'
import { createHandler } from './server/routes.js'

// Loading and warming up happen while this module is imported: a worker counts as ready only afterwards.
const model = await loadModel(new URL('../models/digits.onnx', import.meta.url))

/** Answers HTTP requests for predictions. */
export const app = createHandler(model)
