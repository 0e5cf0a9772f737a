import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Queue } from '../compute/queue.js'
import { type Answer, json } from '../http/answer.js'
import { readBody, requireType } from '../http/body.js'
import { readDeadline } from '../http/deadline.js'
import { Refusal } from '../http/refusal.js'
import type { Methods, Routes } from '../http/router.js'
import { quote } from '../http/value.js'
import type { Model, Slot } from '../model/model.js'
import { readInference } from './request.js'
import { encodeOutputs } from './response.js'

const contentTypes = ['application/json', 'application/octet-stream']

/**
 * The Open Inference Protocol, version 2, over REST: specification/protocol/inference_rest.md of
 * github.com/kserve/open-inference-protocol, with its extension for binary tensors.
 */
export function protocolRoutes(model: Model, queue: Queue, bodyMax: number): Routes {
  const infer = { POST: (request: IncomingMessage, response: ServerResponse) => run(request, response) }
  const ready = { GET: () => json(200, { name: model.name, ready: true }) }
  const metadata = { GET: () => json(200, describe(model)) }
  const fixed = new Map<string, Methods>([
    [
      '/v2',
      {
        GET: () =>
          json(200, { name: 'nworkers inference-app', version: '2', extensions: ['binary_tensor_data'] }),
      },
    ],
    ['/v2/health/live', { GET: () => json(200, { live: true }) }],
    // The model is loaded and warm before the worker listens: who can ask gets a yes.
    ['/v2/health/ready', { GET: () => json(200, { ready: true }) }],
  ])

  async function run(request: IncomingMessage, response: ServerResponse): Promise<Answer> {
    requireType(request, contentTypes)
    const deadline = readDeadline(request)
    const body = await readBody(request, bodyMax)
    const inference = readInference(model, body, request.headers['inference-header-content-length'])
    const isGone = () => response.destroyed
    const outputs = await queue.compute({ inputs: inference.inputs, deadline, isGone })
    return encodeOutputs(model, inference, outputs)
  }

  return (path) => {
    const found = fixed.get(path)
    if (found || !path.startsWith('/v2/models/')) return found
    const [name = '', ...rest] = path.slice('/v2/models/'.length).split('/')
    const versioned = rest[0] === 'versions' && rest.length > 1
    const action = versioned ? rest.slice(2).join('/') : rest.join('/')
    if (!['', 'ready', 'infer'].includes(action) || path.endsWith('/')) return undefined
    requireModel(model, decode(name), versioned ? decode(rest[1] as string) : undefined)
    return { '': metadata, ready, infer }[action]
  }
}

function requireModel(model: Model, name: string, version: string | undefined): void {
  if (name !== model.name) {
    throw new Refusal(404, `There is no model ${quote(name)} here; there is ${quote(model.name)}.`)
  }
  if (version !== undefined && version !== model.version) {
    throw new Refusal(
      404,
      `There is no version ${quote(version)} of ${model.name}; there is ${quote(model.version)}.`,
    )
  }
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Refusal(400, `The path has ${quote(segment)}, whose percent signs make no text.`)
  }
}

function describe(model: Model): object {
  return {
    name: model.name,
    versions: [model.version],
    platform: 'onnxruntime_onnx',
    inputs: model.inputs.map(describeSlot),
    outputs: model.outputs.map(describeSlot),
  }
}

function describeSlot({ name, datatype, shape }: Slot): object {
  return {
    name,
    datatype: datatype.name,
    shape: shape.map((dimension) => (typeof dimension === 'number' ? dimension : -1)),
  }
}
