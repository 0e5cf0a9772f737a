import type { IncomingHttpHeaders } from 'node:http2'

/** A request of HTTP/2, as the first bytes of one of HTTP/1.1. */
export interface RequestHead {
  /** Latin-1. */
  text: string
  /** How the body follows: not at all, as it comes, or in chunks. */
  body: 'none' | 'plain' | 'chunked'
}

const methodForm = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const targetForm = /^[\x21-\x7e\x80-\xff]+$/
/** What would end a line. The library of HTTP/2 lets no such value through; a hole in it must not become one here. */
const lineEnds = /[\0\r\n]/

/**
 * Translates the head of a request (RFC 9113, section 8.3.1); undefined for what is no request of HTTP/1.1, such as a
 * tunnel.
 *
 * @param raw - names and values in turn, as they came
 * @param hasBody - the stream goes on after the headers
 */
export function translateRequest(
  headers: IncomingHttpHeaders,
  raw: readonly string[],
  hasBody: boolean,
): RequestHead | undefined {
  const { ':method': method = '', ':path': path = '', ':authority': authority } = headers
  if (method === 'CONNECT' || !methodForm.test(method) || !targetForm.test(path)) return undefined
  let text = `${method} ${path} HTTP/1.1\r\n`
  if (authority !== undefined) text += `host: ${authority}\r\n`
  let hasLength = false
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? ''
    if (name.startsWith(':') || (name === 'host' && authority !== undefined)) continue
    const value = raw[index + 1] ?? ''
    if (lineEnds.test(value)) return undefined
    if (name === 'content-length') hasLength = true
    text += `${name}: ${value}\r\n`
  }
  if (lineEnds.test(authority ?? '')) return undefined
  if (!hasBody) return { text: `${text}\r\n`, body: 'none' }
  if (hasLength) return { text: `${text}\r\n`, body: 'plain' }
  return { text: `${text}transfer-encoding: chunked\r\n\r\n`, body: 'chunked' }
}

/** The lines of trailers; they follow the last chunk. */
export function trailerLines(raw: readonly string[]): string {
  let text = ''
  for (let index = 0; index < raw.length; index += 2) {
    const value = raw[index + 1] ?? ''
    if (!lineEnds.test(value)) text += `${raw[index]}: ${value}\r\n`
  }
  return text
}
