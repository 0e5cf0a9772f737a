import { parseJson } from '../http/body.js'
import { Refusal } from '../http/refusal.js'
import { isObject, nameOf, quote } from '../http/value.js'
import { createTensor, type Model, type Slot, sizeOf, type Tensors } from '../model/model.js'
import { readBinary } from './binary.js'
import { readData } from './data.js'

/** What an inference request asks for. */
export interface Inference {
  id: string | undefined
  /** What the client wants back as it is. */
  parameters: Record<string, unknown> | undefined
  inputs: Tensors
  outputs: { slot: Slot; binary: boolean }[]
}

/**
 * Reads the body of an inference request: JSON and, if the header Inference-Header-Content-Length tells where it ends,
 * the binary data of inputs behind it. Throws a refusal that names the first bad value.
 */
export function readInference(
  model: Model,
  body: Buffer,
  jsonLength: string | string[] | undefined,
): Inference {
  const length = readLength(jsonLength, body.length)
  const request = parseJson(body.subarray(0, length))
  if (!isObject(request)) throw bad(`The body is ${nameOf(request)}; it must be an object with inputs.`)
  const { id, outputs, inputs } = request
  if (id !== undefined && typeof id !== 'string') throw bad(`id is ${nameOf(id)}; it must be a text.`)
  const { binary_data_output: binaryOutput = false, ...parameters } = readParameters(
    'parameters',
    request.parameters,
  )
  if (typeof binaryOutput !== 'boolean') {
    throw bad(`parameters.binary_data_output is ${nameOf(binaryOutput)}; it must be true or false.`)
  }
  return {
    id,
    parameters: Object.keys(parameters).length > 0 ? parameters : undefined,
    inputs: readInputs(model, inputs, body.subarray(length)),
    outputs: readOutputs(model, outputs, binaryOutput),
  }
}

function readLength(text: string | string[] | undefined, most: number): number {
  if (text === undefined) return most
  const length = /^\d{1,10}$/.test(String(text)) ? Number(text) : Number.NaN
  if (length <= most) return length
  throw bad(
    `Inference-Header-Content-Length is ${quote(String(text))}; it must be a number of bytes up to ${most}.`,
  )
}

function readInputs(model: Model, inputs: unknown, binary: Buffer): Tensors {
  if (!Array.isArray(inputs)) throw bad(`inputs is ${nameOf(inputs)}; it must be an array of tensors.`)
  const tensors: Tensors = {}
  let used = 0
  for (const [index, input] of inputs.entries()) {
    const path = `inputs[${index}]`
    if (!isObject(input)) throw bad(`${path} is ${nameOf(input)}; it must be an object.`)
    const slot = findSlot(`${path}.name`, input.name, model.inputs)
    if (Object.hasOwn(tensors, slot.name))
      throw bad(`${path}.name is ${quote(slot.name)}, as another before it.`)
    requireDatatype(`${path}.datatype`, input.datatype, slot)
    const shape = readShape(`${path}.shape`, input.shape, slot)
    const { binary_data_size: size } = readParameters(`${path}.parameters`, input.parameters)
    if (size === undefined) {
      tensors[slot.name] = createTensor(
        slot.datatype,
        readData(`${path}.data`, input.data, slot.datatype, shape),
        shape,
      )
      continue
    }
    if (input.data !== undefined) throw bad(`${path} has both data and binary_data_size; send one of them.`)
    if (!isSize(size))
      throw bad(`${path}.parameters.binary_data_size is ${nameOf(size)}; it must be a number of bytes.`)
    if (size > binary.length - used) {
      throw bad(
        `${path}.parameters.binary_data_size is ${size}; only ${binary.length - used} bytes are left.`,
      )
    }
    const bytes = binary.subarray(used, used + size)
    tensors[slot.name] = createTensor(
      slot.datatype,
      readBinary(path, bytes, slot.datatype, sizeOf(shape)),
      shape,
    )
    used += size
  }
  if (used < binary.length) throw bad(`${binary.length - used} bytes of binary data belong to no input.`)
  const missing = model.inputs.find(({ name }) => !Object.hasOwn(tensors, name))
  if (missing) throw bad(`inputs has no ${quote(missing.name)}, which the model needs.`)
  return tensors
}

function findSlot(path: string, name: unknown, slots: Slot[]): Slot {
  const slot = slots.find((slot) => slot.name === name)
  if (slot) return slot
  const names = slots.map((slot) => quote(slot.name)).join(', ')
  throw bad(`${path} is ${nameOf(name)}; the model has ${names}.`)
}

function requireDatatype(path: string, given: unknown, { datatype }: Slot): void {
  if (given === datatype.name) return
  throw bad(`${path} is ${nameOf(given)}; the model takes ${datatype.name} here.`)
}

function readShape(path: string, shape: unknown, slot: Slot): number[] {
  if (!Array.isArray(shape)) throw bad(`${path} is ${nameOf(shape)}; it must be an array of numbers.`)
  const wanted = slot.shape.map((dimension) => (typeof dimension === 'number' ? dimension : -1))
  if (shape.length !== wanted.length) {
    throw bad(
      `${path} has ${shape.length} dimensions; the model takes ${wanted.length}: [${wanted.join(', ')}].`,
    )
  }
  for (const [index, dimension] of shape.entries()) {
    const least = wanted[index] as number
    if (isSize(dimension) && (least === -1 || dimension === least)) continue
    const expected = least === -1 ? 'a whole number from 0' : String(least)
    throw bad(`${path}[${index}] is ${nameOf(dimension)}; it must be ${expected}.`)
  }
  return shape
}

function readOutputs(model: Model, outputs: unknown, binaryOutput: boolean): Inference['outputs'] {
  if (outputs === undefined) return model.outputs.map((slot) => ({ slot, binary: binaryOutput }))
  if (!Array.isArray(outputs)) throw bad(`outputs is ${nameOf(outputs)}; it must be an array.`)
  const seen = new Set<string>()
  return outputs.map((output: unknown, index) => {
    const path = `outputs[${index}]`
    if (!isObject(output)) throw bad(`${path} is ${nameOf(output)}; it must be an object.`)
    const slot = findSlot(`${path}.name`, output.name, model.outputs)
    if (seen.has(slot.name)) throw bad(`${path}.name is ${quote(slot.name)}, as another before it.`)
    seen.add(slot.name)
    const { binary_data: binary = binaryOutput } = readParameters(`${path}.parameters`, output.parameters)
    if (typeof binary !== 'boolean') {
      throw bad(`${path}.parameters.binary_data is ${nameOf(binary)}; it must be true or false.`)
    }
    return { slot, binary }
  })
}

function readParameters(path: string, parameters: unknown): Record<string, unknown> {
  if (parameters === undefined) return {}
  if (!isObject(parameters)) throw bad(`${path} is ${nameOf(parameters)}; it must be an object.`)
  for (const [name, value] of Object.entries(parameters)) {
    if (['string', 'number', 'boolean'].includes(typeof value)) continue
    throw bad(`${path}.${name} is ${nameOf(value)}; it must be a text, a number, true or false.`)
  }
  return parameters
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function bad(sentence: string): Refusal {
  return new Refusal(400, sentence)
}
