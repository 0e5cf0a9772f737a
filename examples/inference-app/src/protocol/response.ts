import type { Tensor } from 'onnxruntime-node'
import { type Answer, json } from '../http/answer.js'
import { bitsOf, type Model, type Tensors } from '../model/model.js'
import { writeBinary } from './binary.js'
import { writeData } from './data.js'
import type { Inference } from './request.js'

/** The answer to an inference request: JSON and, behind it, the outputs that were asked for as binary data. */
export function encodeOutputs(
  model: Model,
  { id, parameters, outputs }: Inference,
  tensors: Tensors,
): Answer {
  const pieces: Buffer[] = []
  const described = outputs.map(({ slot, binary }) => {
    const tensor = tensors[slot.name] as Tensor
    const data = bitsOf(tensor)
    const head = { name: slot.name, datatype: slot.datatype.name, shape: tensor.dims }
    if (!binary) return { ...head, data: writeData(data, slot.datatype) }
    const bytes = writeBinary(data)
    pieces.push(bytes)
    return { ...head, parameters: { binary_data_size: bytes.length } }
  })
  const answer = json(200, {
    model_name: model.name,
    model_version: model.version,
    ...(id !== undefined && { id }),
    ...(parameters && { parameters }),
    outputs: described,
  })
  if (pieces.length === 0) return answer
  const head = Buffer.from(answer.body)
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
    body: Buffer.concat([head, ...pieces]),
  }
}
