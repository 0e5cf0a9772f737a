import { InferenceSession, Tensor } from 'onnxruntime-node'
import { Refusal } from '../http/refusal.js'
import { type Datatype, datatypeOf, type Numbers } from './datatype.js'
import { type Identity, identify } from './identity.js'

/** Tensors by name. */
export type Tensors = Record<string, Tensor>

/** An input or output of a model. */
export interface Slot {
  name: string
  datatype: Datatype
  /** A name instead of a number stands for any size. */
  shape: readonly (number | string)[]
}

/** A loaded model, warmed up. */
export interface Model extends Identity {
  inputs: Slot[]
  outputs: Slot[]
  /** Computes all outputs. It blocks the event loop meanwhile. Rejects with a refusal if the inputs don't fit. */
  run(inputs: Tensors): Promise<Tensors>
}

export interface LoadOptions {
  /** The name to serve it by; the file's by default. */
  name?: string | undefined
  version?: string | undefined
  /** Sizes of named dimensions for the first run; 1 by default. */
  warmUp?: Record<string, number>
}

/**
 * Loads an ONNX model and runs it once, since the first run takes many times as long as the later ones. Rejects with
 * the loader's message if it is none.
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<Model> {
  const { identity, session } = await open(path).catch((error) => {
    throw new Error(`The model ${path} can't be loaded: ${messageOf(error)}`)
  })
  const model: Model = {
    ...identity,
    name: options.name ?? identity.name,
    version: options.version ?? identity.version,
    inputs: session.inputMetadata.map(slotOf),
    outputs: session.outputMetadata.map(slotOf),
    run: (inputs) =>
      session.run(inputs).catch((error) => {
        throw new Refusal(400, `The model can't compute these inputs: ${messageOf(error)}`)
      }),
  }
  await warmUp(model, options.warmUp ?? {})
  return model
}

async function open(path: string): Promise<{ identity: Identity; session: InferenceSession }> {
  const identity = await identify(path)
  return { identity, session: await InferenceSession.create(path, sessionOptions(identity)) }
}

function sessionOptions({ weightFiles }: Identity): InferenceSession.SessionOptions {
  return {
    // The workers are the parallelism: with threads of their own besides they would fight for the cores.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    // Weights in a file of their own are mapped into memory, and the workers share its pages: as long as no worker
    // makes a rearranged copy of them for itself.
    ...(weightFiles.length > 0 && { extra: { session: { disable_prepacking: '1' } } }),
  }
}

function slotOf(metadata: InferenceSession.ValueMetadata): Slot {
  const { name } = metadata
  if (!metadata.isTensor) throw new Error(`${name} of the model is no tensor: it can't be sent over HTTP.`)
  const datatype = datatypeOf(metadata.type)
  if (!datatype) throw new Error(`${name} of the model is ${metadata.type}, which can't be sent over HTTP.`)
  return { name, datatype, shape: metadata.shape }
}

async function warmUp(model: Model, sizes: Record<string, number>): Promise<void> {
  const zeros = model.inputs.map((slot) => {
    const shape = slot.shape.map((dimension) =>
      typeof dimension === 'number' ? dimension : (sizes[dimension] ?? 1),
    )
    return [slot.name, createTensor(slot.datatype, emptyData(slot.datatype, sizeOf(shape)), shape)]
  })
  await model.run(Object.fromEntries(zeros)).catch((error) => {
    throw new Error(
      `${error.message} That was the first run, with zeros and 1 for every dimension of any size: ` +
        `name better sizes, as in WARM_UP=batch=1,width=320.`,
    )
  })
}

/** Zeros, or empty texts. */
export function emptyData({ allocate }: Datatype, length: number): Numbers | string[] {
  return allocate ? allocate(length) : new Array<string>(length).fill('')
}

/** A tensor over this data. */
export function createTensor(datatype: Datatype, data: Numbers | string[], shape: readonly number[]): Tensor {
  // The types of onnxruntime ask for one call for each datatype; the table of datatypes sees to it that they fit.
  return new Tensor(datatype.runtime as 'float32', data as Float32Array, shape)
}

/** The elements of a tensor; half-precision numbers as their bits, for which JavaScript has an array on every Node. */
export function bitsOf({ data }: Tensor): Tensor.DataType {
  if (!ArrayBuffer.isView(data) || data.constructor.name !== 'Float16Array') return data
  return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
}

/** How many elements a tensor of this shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
