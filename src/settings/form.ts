/** A part of a JSON Schema (draft 2020-12). */
export interface JsonSchema {
  readonly [keyword: string]: unknown
}

/** How a value is written in a config file, where there is more than text. */
export interface Form {
  /** Ends the sentence "…, written as …". */
  noun: string
  schema: JsonSchema
  /** What the user could have typed on the command line instead; undefined for data of another form. */
  texts(data: unknown): readonly string[] | undefined
}

/** A text. */
export const textForm: Form = {
  noun: 'a text',
  schema: { type: 'string' },
  texts: (data) => (typeof data === 'string' ? [data] : undefined),
}

/** A number, or a text where more than a number can be said; the bounds are keywords of the schema. */
export function numberForm(bounds: { minimum: number; maximum?: number; fractions?: true }): Form {
  const { fractions, ...limits } = bounds
  return {
    noun: 'a number or a text',
    schema: { type: [fractions ? 'number' : 'integer', 'string'], ...limits },
    texts: (data) => (typeof data === 'number' ? [String(data)] : textForm.texts(data)),
  }
}

/** Yes or no. */
export const booleanForm: Form = {
  noun: 'true or false without quotes',
  schema: { type: 'boolean' },
  texts: (data) => (typeof data === 'boolean' ? [String(data)] : undefined),
}

/** One of a few words. */
export function choiceForm(words: readonly string[]): Form {
  return { ...textForm, schema: { enum: words } }
}

/** One value, or a list of them. */
export function listForm(item: Form): Form {
  return {
    noun: `${item.noun}, or a list of such`,
    schema: { anyOf: [item.schema, { type: 'array', items: item.schema }] },
    texts(data) {
      const texts = (Array.isArray(data) ? data : [data]).map((one: unknown) => item.texts(one))
      return texts.every((one) => one !== undefined) ? texts.flat() : undefined
    },
  }
}

/** A value to each of some names. */
export const variablesForm: Form = {
  noun: 'an object such as { "KEY": "VALUE" }',
  schema: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } },
  texts(data) {
    if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined
    const pairs = Object.entries(data)
    const right = pairs.every(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    return right ? pairs.map((pair) => pair.join('=')) : undefined
  },
}
