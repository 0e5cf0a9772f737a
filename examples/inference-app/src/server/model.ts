import { fileURLToPath } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'

/** A loaded model, warmed up. */
export interface Model {
  /** Numbers in one row of input: the pixels of an image. */
  inputWidth: number
  /** Numbers in one row of output: the probability of every label. */
  outputWidth: number
  /** Runs the model on `count` rows, one after the other in `inputs`, and gives as many rows of outputs. */
  predict(inputs: Float32Array, count: number): Promise<Float32Array>
}

/**
 * Loads an ONNX model (a file, or its bytes) that turns rows of numbers into rows of numbers, and runs it once, since
 * the first run takes many times as long as the later ones. Rejects if it cannot be loaded.
 */
export async function loadModel(source: URL | Uint8Array): Promise<Model> {
  const path = source instanceof URL ? fileURLToPath(source) : source
  const session = await createSession(path)
  const [inputName = ''] = session.inputNames
  const [outputName = ''] = session.outputNames

  const model: Model = {
    inputWidth: widthOf(session.inputMetadata[0]),
    outputWidth: widthOf(session.outputMetadata[0]),
    async predict(inputs, count) {
      const image = new Tensor('float32', inputs, [count, model.inputWidth])
      const outputs = await session.run({ [inputName]: image })
      return outputs[outputName]?.data as Float32Array
    },
  }
  await model.predict(new Float32Array(model.inputWidth), 1)
  return model
}

function createSession(source: string | Uint8Array): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    // The workers are the parallelism: with threads of their own besides they would fight for the cores.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  }
  return typeof source === 'string'
    ? InferenceSession.create(source, options)
    : InferenceSession.create(source, options)
}

function widthOf(metadata: InferenceSession.ValueMetadata | undefined): number {
  const width = metadata?.isTensor && metadata.type === 'float32' ? metadata.shape[1] : undefined
  if (typeof width !== 'number') {
    throw new Error('The model must take and give one float32 tensor of rows with a fixed width.')
  }
  return width
}
