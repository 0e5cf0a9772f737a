import { type Form, listForm, textForm } from './form.js'

/** What reading a value may need from around it. */
export interface Reading {
  /** Where relative paths start. Absolute. */
  cwd: string
  /** How many workers `auto` means. */
  cpus(): number
  /** Makes the error for a text that is not a value; the reader throws it. */
  reject(text: string): Error
}

/** How a setting's value is written by the user and what it becomes. */
export interface ValueType<Value> {
  /** How help names a value; undefined for a flag that stands alone. */
  metavar: string | undefined
  /** Ends the sentence "Expected …". */
  expected: string
  /** Whether each further text adds to the value instead of replacing it. */
  repeatable: boolean
  /** How a config file writes it. */
  form: Form
  /** Reads all texts in the order they were given; none at all where the setting has no default. */
  read(texts: readonly string[], reading: Reading): Value
  /** The value as a person would write it. */
  write(value: Value): string
}

/** A parser of one text; undefined says that the text is not a value. */
export type Parse<Value> = (text: string, reading: Reading) => Value | undefined

interface Named {
  metavar: string | undefined
  expected: string
  /** How a config file writes one value; a text unless told. */
  form?: Form
}

/** One value. Given several times, the last one counts, and every one must be right. */
export function single<Value>(
  type: Named & { parse: Parse<Value>; write(value: Value): string },
): ValueType<Value> {
  const { metavar, expected, form = textForm, write } = type
  return {
    metavar,
    expected,
    repeatable: false,
    form,
    read(texts, reading) {
      const value = parseAll(type.parse, texts, reading).at(-1)
      if (value === undefined) throw reading.reject('')
      return value
    },
    write,
  }
}

/** One value or none. */
export function optional<Value>(type: ValueType<Value>): ValueType<Value | undefined> {
  return {
    ...type,
    read: (texts, reading) => (texts.length === 0 ? undefined : type.read(texts, reading)),
    write: (value) => (value === undefined ? '' : type.write(value)),
  }
}

/** As many values as there are texts, gathered into one. `whole` is how a config file writes them, if not as a list. */
export function repeated<Item, Value>(
  type: Named & {
    parse: Parse<Item>
    gather(items: Item[]): Value
    write(value: Value): string
    whole?: Form
  },
): ValueType<Value> {
  const { metavar, expected, form = textForm, whole = listForm(form), write } = type
  return {
    metavar,
    expected,
    repeatable: true,
    form: whole,
    read: (texts, reading) => type.gather(parseAll(type.parse, texts, reading)),
    write,
  }
}

function parseAll<Item>(parse: Parse<Item>, texts: readonly string[], reading: Reading): Item[] {
  return texts.map((text) => {
    const item = parse(text, reading)
    if (item === undefined) throw reading.reject(text)
    return item
  })
}
