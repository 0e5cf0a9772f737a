import { numberForm } from './form.js'
import { single, type ValueType } from './value.js'

const units = ['', 'K', 'M', 'G', 'T']

/** Reads `512M`, `512MiB`, `1G` or bare bytes; units are powers of 1024. The result is whole bytes. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)(?:([KMGT])(?:iB)?)?$/i.exec(text) ?? []
  if (digits === undefined) return undefined
  const size = Number(digits) * 1024 ** units.indexOf(unit.toUpperCase())
  return Number.isSafeInteger(size) ? size : undefined
}

/** Writes bytes with the largest unit that keeps the number whole. */
export function writeSize(size: number): string {
  const power = units.findLastIndex((_, index) => size % 1024 ** index === 0)
  return size === 0 ? '0' : `${size / 1024 ** power}${units[power]}`
}

/** A number of bytes, 0 included. */
export const size: ValueType<number> = single({
  metavar: 'SIZE',
  expected: 'a size such as 512M, 512MiB, 1G or a number of bytes',
  form: numberForm({ minimum: 0, fractions: true }),
  parse: parseSize,
  write: writeSize,
})

/** A number of bytes for a limit that can't be switched off. */
export const positiveSize: ValueType<number> = single({
  ...size,
  expected: 'a size above 0 such as 32K, 32KiB or a number of bytes',
  parse: (text) => parseSize(text) || undefined,
})
