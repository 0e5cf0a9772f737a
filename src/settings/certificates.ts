import { numberForm } from './form.js'
import { single, type ValueType } from './value.js'

/** Whether clients must show a certificate; the numbers are those of Python's `ssl` module, which gunicorn takes. */
export type ClientCertificates = (typeof words)[number]

const words = ['none', 'optional', 'required'] as const

/** How much is asked of clients: a word, or gunicorn's number for it. */
export const clientCertificates: ValueType<ClientCertificates> = single({
  metavar: 'WHEN',
  expected: 'none, optional or required, or its number 0, 1 or 2',
  form: numberForm({ minimum: 0, maximum: 2 }),
  parse: (given) =>
    words.find((word, number) => word === given.toLowerCase() || String(number) === given.trim()),
  write: (value) => value,
})
