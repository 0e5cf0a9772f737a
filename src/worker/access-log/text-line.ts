import type { FieldName, FormatPart } from '../../settings/access-format.js'
import { firstHeader } from '../first-header.js'
import { queueTimeOf } from '../queue-time.js'
import { escapeText, escapeWord } from './escape.js'
import { type Exchange, requestHeader, responseHeader } from './exchange.js'
import type { Origin } from './origin.js'

/** One line, with its end. Of a value at most `longest` characters are used. */
export type FormatLine = (exchange: Exchange, longest: number) => string

type Piece = (exchange: Exchange, longest: number) => string

/** Makes the function that writes lines in this format. What does not change is looked up now. */
export function compileTextLine(
  parts: readonly FormatPart[],
  environment: NodeJS.ProcessEnv,
  origin: Origin,
): FormatLine {
  const fields = { ...ownFields, ...originFields(origin) }
  const pieces = parts.map((part) => compilePart(part, environment, fields))
  return (exchange, longest) => {
    let line = ''
    for (const piece of pieces) line += typeof piece === 'string' ? piece : piece(exchange, longest)
    return `${line}\n`
  }
}

function compilePart(
  part: FormatPart,
  environment: NodeJS.ProcessEnv,
  fields: Record<FieldName, Piece>,
): string | Piece {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'variable':
      return valueOrDash(environment[part.name], Number.POSITIVE_INFINITY)
    case 'requestHeader':
      return (exchange, longest) => valueOrDash(requestHeader(exchange, part.name), longest)
    case 'responseHeader':
      return (exchange, longest) => valueOrDash(responseHeader(exchange, part.name), longest)
    case 'field':
      return constants[part.field] ?? fields[part.field]
  }
}

const constants: Partial<Record<FieldName, string>> = { dash: '-', pid: `<${process.pid}>` }

type OriginName = 'remote' | 'scheme' | 'protocol' | 'requestLine'

function originFields(origin: Origin): Record<OriginName, Piece> {
  return {
    remote: ({ request }) => origin.address(request) ?? '-',
    scheme: ({ request }) => origin.scheme(request),
    protocol: ({ request }) => origin.protocol(request),
    requestLine: ({ request }, longest) =>
      `${request.method} ${escapeText(request.url ?? '', longest)} ${origin.protocol(request)}`,
  }
}

const ownFields: Record<Exclude<FieldName, OriginName>, Piece> = {
  dash: () => '-',
  user: ({ request }, longest) => userOf(firstHeader(request.rawHeaders, 'authorization'), longest),
  date: ({ endedAt }) => `[${clfDate(endedAt)}]`,
  method: ({ request }) => request.method ?? '-',
  path: ({ request }, longest) => escapeText(split(request.url).path, longest),
  query: ({ request }, longest) => escapeText(split(request.url).query, longest),
  status: ({ status }) => `${status}`,
  bytes: ({ bytes }) => `${bytes}`,
  bytesOrDash: ({ bytes }) => (bytes === 0 ? '-' : `${bytes}`),
  referer: ({ request }, longest) => valueOrDash(firstHeader(request.rawHeaders, 'referer'), longest),
  userAgent: ({ request }, longest) => valueOrDash(firstHeader(request.rawHeaders, 'user-agent'), longest),
  seconds: ({ duration }) => `${Math.floor(duration / 1000)}`,
  milliseconds: ({ duration }) => `${Math.floor(duration)}`,
  microseconds: ({ duration }) => `${Math.floor(duration * 1000)}`,
  decimalSeconds: ({ duration }) => (duration / 1000).toFixed(6),
  pid: () => `<${process.pid}>`,
  queueSeconds({ request, endedAt, duration }) {
    const waited = queueTimeOf(request, endedAt - duration)
    return waited === undefined ? '-' : (waited / 1000).toFixed(6)
  },
}

function valueOrDash(value: string | undefined, longest: number): string {
  return value ? escapeText(value, longest) : '-'
}

function split(url = ''): { path: string; query: string } {
  const end = url.indexOf('?')
  return end < 0 ? { path: url, query: '' } : { path: url.slice(0, end), query: url.slice(end + 1) }
}

/** The name in `Authorization: Basic` (RFC 7617). */
function userOf(authorization: string | undefined, longest: number): string {
  const encoded = /^basic +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return '-'
  const [name = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)
  return name === '' ? '-' : escapeWord(name, longest)
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Dates are written once a second at the most. */
let lastDate = { second: Number.NaN, text: '' }

/** Local time in the common log format: `22/Nov/2026:18:05:40 +0000`. */
export function clfDate(time: number): string {
  const second = Math.floor(time / 1000)
  if (second !== lastDate.second) lastDate = { second, text: writeDate(new Date(time)) }
  return lastDate.text
}

function writeDate(date: Date): string {
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0')
  const offset = -date.getTimezoneOffset()
  const day = `${two(date.getDate())}/${months[date.getMonth()]}/${date.getFullYear()}`
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day}:${clock} ${offset < 0 ? '-' : '+'}${two(offset / 60)}${two(Math.abs(offset) % 60)}`
}
