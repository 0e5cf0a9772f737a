import { jsonText } from '../../observe/json-text.js'
import { queueTimeOf } from '../queue-time.js'
import { protocolOf } from './exchange.js'
import type { Origin } from './origin.js'
import type { FormatLine } from './text-line.js'

/** Headers of a request that a line has. Reading `headers` would have Node build an object that many apps never ask for. */
interface Known {
  host: string | undefined
  referer: string | undefined
  userAgent: string | undefined
}

/**
 * Makes the function that writes lines of JSON. The fields are part of the documentation: what a request does not have is
 * left out.
 */
export function compileJsonLine(slot: number, origin: Origin): FormatLine {
  const who = `,"slot":${slot},"pid":${process.pid}}\n`
  return (exchange, longest) => {
    const { request, endedAt, duration } = exchange
    const { host, referer, userAgent } = findHeaders(request.rawHeaders)
    const remote = origin.address(request)
    const waited = queueTimeOf(request, endedAt - duration)
    return `{"time":"${isoTime(endedAt)}"${
      remote === undefined ? '' : `,"remote":"${remote}"`
    },"method":"${request.method}","url":${text(request.url ?? '', longest)},"protocol":"${protocolOf(
      exchange,
    )}","scheme":"${origin.scheme(request)}","status":${exchange.status},"bytes":${exchange.bytes},"duration_ms":${Math.round(duration * 1000) / 1000}${
      waited === undefined ? '' : `,"queue_ms":${Math.round(waited * 1000) / 1000}`
    }${exchange.aborted ? ',"aborted":true' : ''}${field('host', host, longest)}${field(
      'referer',
      referer,
      longest,
    )}${field('user_agent', userAgent, longest)}${who}`
  }
}

function field(name: string, value: string | undefined, longest: number): string {
  return value === undefined ? '' : `,"${name}":${text(value, longest)}`
}

function text(value: string, longest: number): string {
  return jsonText(value.length > longest ? value.slice(0, longest) : value)
}

/** The first of each name. Of these lengths there are few others, so hardly a name is compared. */
function findHeaders(raw: readonly string[]): Known {
  const known: Known = { host: undefined, referer: undefined, userAgent: undefined }
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') known.host ??= raw[index + 1]
    if (name?.length === 7 && name.toLowerCase() === 'referer') known.referer ??= raw[index + 1]
    if (name?.length === 10 && name.toLowerCase() === 'user-agent') known.userAgent ??= raw[index + 1]
  }
  return known
}

/** The part of a time that changes once a second. */
let lastSecond = { second: Number.NaN, text: '' }

/** `2026-11-22T18:05:40.123Z`, in UTC. */
export function isoTime(time: number): string {
  const second = Math.floor(time / 1000)
  if (second !== lastSecond.second) {
    lastSecond = { second, text: new Date(second * 1000).toISOString().slice(0, -4) }
  }
  return `${lastSecond.text}${String(Math.floor(time) - second * 1000).padStart(3, '0')}Z`
}
