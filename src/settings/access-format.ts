import { single, type ValueType } from './value.js'

/** What stands for itself in an access log format, under gunicorn's letters; `Q` and `S` are ours. */
const fields = {
  h: 'remote',
  l: 'dash',
  u: 'user',
  t: 'date',
  r: 'requestLine',
  m: 'method',
  U: 'path',
  q: 'query',
  H: 'protocol',
  s: 'status',
  B: 'bytes',
  b: 'bytesOrDash',
  f: 'referer',
  a: 'userAgent',
  T: 'seconds',
  M: 'milliseconds',
  D: 'microseconds',
  L: 'decimalSeconds',
  p: 'pid',
  Q: 'queueSeconds',
  S: 'scheme',
} as const

/** What is looked up by a name in braces. */
const lookups = { i: 'requestHeader', o: 'responseHeader', e: 'variable' } as const

export type FieldName = (typeof fields)[keyof typeof fields]

/** A piece of a line. Names of headers are in lower case. */
export type FormatPart =
  | { kind: 'text'; text: string }
  | { kind: 'field'; field: FieldName }
  | { kind: (typeof lookups)[keyof typeof lookups]; name: string }

/** How a line of the access log looks. */
export type AccessFormat = { kind: 'json' } | { kind: 'text'; text: string; parts: readonly FormatPart[] }

/** gunicorn's default, which is Apache's combined format. */
export const combinedFormat = '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"'

/** Reads a format of gunicorn's kind, or the word `json`; undefined where an atom is unknown or incomplete. */
export function parseAccessFormat(text: string): AccessFormat | undefined {
  if (text === 'json') return { kind: 'json' }
  // A line must stay one line.
  if (text === '' || /\p{Cc}/u.test(text)) return undefined
  const parts: FormatPart[] = []
  for (const [piece, atom] of text.matchAll(/%\(([^)]*)\)s|%%|%|[^%]+/g)) {
    const part = atom === undefined ? literal(piece) : parseAtom(atom)
    if (part === undefined) return undefined
    parts.push(part)
  }
  return { kind: 'text', text, parts }
}

function literal(piece: string): FormatPart | undefined {
  if (piece === '%') return undefined
  return { kind: 'text', text: piece === '%%' ? '%' : piece }
}

function parseAtom(atom: string): FormatPart | undefined {
  const [, name, lookup] = /^\{([\w-]+)\}([ioe])$/.exec(atom) ?? []
  if (name !== undefined && lookup !== undefined) {
    const kind = lookups[lookup as keyof typeof lookups]
    return { kind, name: kind === 'variable' ? name : name.toLowerCase() }
  }
  if (!Object.hasOwn(fields, atom)) return undefined
  return { kind: 'field', field: fields[atom as keyof typeof fields] }
}

/** The format of the access log. */
export const accessFormat: ValueType<AccessFormat> = single({
  metavar: 'FORMAT',
  expected: `json, or a text with gunicorn's atoms: ${Object.keys(fields)
    .map((letter) => `%(${letter})s`)
    .join(' ')} %({header}i)s %({header}o)s %({variable}e)s, and %% for a percent sign`,
  parse: parseAccessFormat,
  write: (value) => (value.kind === 'json' ? 'json' : value.text),
})
