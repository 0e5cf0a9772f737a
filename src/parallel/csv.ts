/** Whether a quoted field goes on after this text: it holds an odd number of quotes (RFC 4180, section 2). */
export function isOpen(text: string): boolean {
  let open = false
  for (let quote = text.indexOf('"'); quote >= 0; quote = text.indexOf('"', quote + 1)) open = !open
  return open
}

const field = /(?:"((?:[^"]|"")*)"|((?:[^",][^,]*)?))(,|$)/gy

/**
 * The fields of one record of CSV.
 * @throws SyntaxError where text follows a closing quote
 */
export function parseFields(record: string): string[] {
  const fields: string[] = []
  for (const [, quoted, plain = '', separator] of record.matchAll(field)) {
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (separator === '') return fields
  }
  throw new SyntaxError(`Field ${fields.length + 1} is not CSV: text follows its closing quote`)
}
