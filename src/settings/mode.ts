import { single, type ValueType } from './value.js'

/** A file mode mask in octal, as umask(1) takes it. */
export const mode: ValueType<number> = single({
  metavar: 'MODE',
  expected: 'an octal number from 0 to 777 such as 027',
  parse: (given) => (/^0?[0-7]{1,3}$/.test(given) ? Number.parseInt(given, 8) : undefined),
  write: (value) => value.toString(8).padStart(3, '0'),
})
