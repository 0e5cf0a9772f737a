import { booleanForm, choiceForm } from './form.js'
import { single, type ValueType } from './value.js'

/** Any text but an empty one. */
export function text(metavar: string): ValueType<string> {
  return single({
    metavar,
    expected: 'a text that is not empty',
    parse: (given) => (given === '' || given.includes('\0') ? undefined : given),
    write: (value) => value,
  })
}

/** One word of a few, in any case. */
export function choice<const Word extends string>(metavar: string, words: readonly Word[]): ValueType<Word> {
  return single({
    metavar,
    expected: `one of ${words.join(', ')}`,
    form: choiceForm(words),
    parse: (given) => words.find((word) => word === given.toLowerCase()),
    write: (value) => value,
  })
}

const truths: Record<string, boolean> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
}

/** Yes or no; on the command line the flag alone says yes. */
export const boolean: ValueType<boolean> = single({
  metavar: undefined,
  expected: 'true or false',
  form: booleanForm,
  parse: (given) => (Object.hasOwn(truths, given.toLowerCase()) ? truths[given.toLowerCase()] : undefined),
  write: String,
})

/** A text as a message can show it on one line: an empty one, or one with control characters, in quotes. */
export function shown(given: string): string {
  return given === '' || /\p{Cc}/u.test(given) ? JSON.stringify(given) : given
}
