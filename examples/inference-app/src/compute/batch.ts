import type { Tensor } from 'onnxruntime-node'
import {
  bitsOf,
  createTensor,
  emptyData,
  type Model,
  type Slot,
  sizeOf,
  type Tensors,
} from '../model/model.js'

/** Tells whether rows of several requests may be computed as one run: the first dimension of every tensor has any size. */
export function takesBatches({ inputs, outputs }: Model): boolean {
  return [...inputs, ...outputs].every(({ shape }) => typeof shape[0] === 'string')
}

/** Rows that these inputs have; undefined if their inputs disagree. */
export function rowsOf(inputs: Tensors): number | undefined {
  const counts = new Set(Object.values(inputs).map(({ dims }) => dims[0]))
  return counts.size === 1 ? [...counts][0] : undefined
}

/** What inputs must have in common to be computed together: all but the number of rows. */
export function formOf(inputs: Tensors): string {
  return Object.entries(inputs)
    .map(([name, { dims }]) => `${name} ${dims.slice(1)}`)
    .sort()
    .join(';')
}

/** The inputs one after the other. */
export function merge(slots: Slot[], parts: Tensors[], rows: number): Tensors {
  return Object.fromEntries(
    slots.map(({ name, datatype }) => {
      const tensors = parts.map((part) => part[name] as Tensor)
      const shape = [rows, ...(tensors[0]?.dims.slice(1) ?? [])]
      const data = emptyData(datatype, sizeOf(shape))
      let offset = 0
      for (const tensor of tensors) {
        copy(bitsOf(tensor), data, offset)
        offset += tensor.size
      }
      return [name, createTensor(datatype, data, shape)]
    }),
  )
}

/** The outputs of each part, `counts[i]` rows for part i; undefined if an output has not one row for each of input. */
export function split(slots: Slot[], outputs: Tensors, counts: number[]): Tensors[] | undefined {
  const rows = counts.reduce((sum, count) => sum + count, 0)
  if (slots.some(({ name }) => outputs[name]?.dims[0] !== rows)) return undefined
  let from = 0
  return counts.map((count) => {
    const part = slots.map(({ name, datatype }) => {
      const output = outputs[name] as Tensor
      const { dims } = output
      const width = sizeOf(dims.slice(1))
      const rowsOfPart = bitsOf(output).slice(from * width, (from + count) * width)
      return [name, createTensor(datatype, rowsOfPart as Float32Array, [count, ...dims.slice(1)])]
    })
    from += count
    return Object.fromEntries(part)
  })
}

function copy(source: Tensor.DataType, target: ReturnType<typeof emptyData>, offset: number): void {
  if (Array.isArray(target)) {
    for (let index = 0; index < source.length; index++) target[offset + index] = source[index] as string
  } else (target as Float32Array).set(source as Float32Array, offset)
}
