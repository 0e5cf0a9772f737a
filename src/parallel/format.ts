import { parseFields } from './csv.js'

/** How a text becomes an item: JSON, the text itself, or a row of CSV under these column names. */
export type Format = { kind: 'ndjson' } | { kind: 'lines' } | { kind: 'csv'; columns: readonly string[] }

/**
 * The item that a text stands for.
 * @throws SyntaxError for a text that is not JSON, or a row with another number of fields than there are columns
 */
export function decode(format: Format, text: string): unknown {
  if (format.kind === 'ndjson') return JSON.parse(text)
  if (format.kind === 'lines') return text
  const fields = parseFields(text)
  const { columns } = format
  if (fields.length !== columns.length) {
    throw new SyntaxError(`The row has ${fields.length} fields, but there are ${columns.length} columns`)
  }
  return Object.fromEntries(columns.map((column, index) => [column, fields[index]]))
}

/** A result as one line of JSON; what JSON has no word for, such as undefined, becomes null. */
export function encode(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}
