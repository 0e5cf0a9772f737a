import { Refusal } from '../http/refusal.js'
import { nameOf } from '../http/value.js'
import type { Datatype, Kind, Numbers } from '../model/datatype.js'
import { mostHalf } from '../model/datatype.js'
import { fromHalf, toHalf } from '../model/half.js'
import { emptyData, sizeOf } from '../model/model.js'

/** Numbers that JSON has no way to write, as the JSON mapping of Protocol Buffers writes them. */
const unwritable = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

/**
 * The elements of a tensor from JSON: an array of all of them, or arrays in arrays as the shape has it. Throws a refusal
 * that names the first bad element.
 */
export function readData(
  path: string,
  data: unknown,
  datatype: Datatype,
  shape: readonly number[],
): Numbers | string[] {
  const nested = Array.isArray(data) && Array.isArray(data[0])
  const sizes = nested ? shape : [sizeOf(shape)]
  // Before anything is allocated: a shape may promise more elements than any body holds.
  requireLength(path, data, sizes[0] ?? 1)
  requireShape(path, data, sizes)
  const target = emptyData(datatype, sizeOf(sizes))
  let next = 0
  const copy = (path: string, values: unknown[], depth: number) => {
    for (let index = 0; index < values.length; index++) {
      if (depth < sizes.length) copy(`${path}[${index}]`, values[index] as unknown[], depth + 1)
      else next = store(target, next, readElement(path, index, values[index], datatype))
    }
  }
  copy(path, data as unknown[], 1)
  return target
}

function store(target: Numbers | string[], index: number, element: number | bigint | string): number {
  // The table of datatypes sees to it that the elements are what the array holds.
  ;(target as unknown[])[index] = element
  return index + 1
}

/** Checks the lengths of all arrays before there is room made for their elements. */
function requireShape(path: string, data: unknown, sizes: readonly number[]): void {
  requireLength(path, data, sizes[0] ?? 1)
  if (sizes.length < 2) return
  for (const [index, inner] of (data as unknown[]).entries()) {
    requireShape(`${path}[${index}]`, inner, sizes.slice(1))
  }
}

function requireLength(path: string, data: unknown, length: number): void {
  if (!Array.isArray(data)) throw bad(`${path} is ${nameOf(data)}; it must be an array.`)
  if (data.length !== length) throw bad(`${path} has ${data.length} elements; the shape says ${length}.`)
}

function readElement(
  path: string,
  index: number,
  value: unknown,
  { name, kind }: Datatype,
): number | bigint | string {
  const element = elementOf(value, kind)
  if (element !== undefined) return element
  throw bad(`${path}[${index}] is ${nameOf(value)}; it must be ${expectation(kind, name)}.`)
}

function elementOf(value: unknown, kind: Kind): number | bigint | string | undefined {
  switch (kind.is) {
    case 'integer': {
      const fits =
        Number.isInteger(value) && (value as number) >= kind.least && (value as number) <= kind.most
      return fits ? (value as number) : undefined
    }
    case 'float':
      if (typeof value === 'string') return unwritable.get(value)
      return typeof value === 'number' && Math.abs(value) <= kind.most ? value : undefined
    case 'half': {
      const number = typeof value === 'string' ? unwritable.get(value) : value
      const fits = typeof number === 'number' && (typeof value === 'string' || Math.abs(number) <= mostHalf)
      return fits ? toHalf(number) : undefined
    }
    case 'big':
      return bigOf(value, kind)
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : undefined
    case 'text':
      return typeof value === 'string' && isKept(value) ? value : undefined
  }
}

/** Tells whether a text reaches the model as it is: onnxruntime cuts it at a zero, and UTF-8 has no half of a pair. */
export function isKept(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text)
}

/** Numbers past 2^53 have lost digits by the time they are parsed: they must come as text. */
function bigOf(value: unknown, { least, most }: { least: bigint; most: bigint }): bigint | undefined {
  const exact = Number.isSafeInteger(value) || (typeof value === 'string' && /^-?\d{1,20}$/.test(value))
  if (!exact) return undefined
  const big = BigInt(value as number | string)
  return big >= least && big <= most ? big : undefined
}

function expectation(kind: Kind, name: string): string {
  switch (kind.is) {
    case 'integer':
      return `a whole number from ${kind.least} to ${kind.most}`
    case 'big':
      return `a whole number from ${kind.least} to ${kind.most}, as text if it is beyond ${Number.MAX_SAFE_INTEGER}`
    case 'float':
    case 'half':
      return `a number that ${name} can hold`
    case 'boolean':
      return 'true or false'
    case 'text':
      return 'a text without U+0000 and halves of surrogate pairs'
  }
}

/** The elements of a tensor for JSON, one after the other. */
export function writeData(data: ArrayLike<unknown>, { kind }: Datatype): unknown[] {
  switch (kind.is) {
    case 'boolean':
      return Array.from(data, (value) => value === 1)
    case 'big':
      return Array.from(data as ArrayLike<bigint>, (value) => {
        const number = Number(value)
        return Number.isSafeInteger(number) ? number : String(value)
      })
    case 'half':
      return Array.from(data as ArrayLike<number>, (bits) => writeFloat(fromHalf(bits)))
    case 'float':
      return Array.from(data as ArrayLike<number>, writeFloat)
    default:
      return Array.from(data)
  }
}

function writeFloat(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

function bad(sentence: string): Refusal {
  return new Refusal(400, sentence)
}
