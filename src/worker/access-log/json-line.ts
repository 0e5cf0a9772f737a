import { jsonText } from '../../observe/json-text.js'
import { firstHeader } from '../first-header.js'
import { queueTimeOf } from '../queue-time.js'
import type { Origin } from './origin.js'
import type { FormatLine } from './text-line.js'

/**
 * Makes the function that writes lines of JSON. The fields are part of the documentation: what a request does not have is
 * left out.
 */
export function compileJsonLine(slot: number, origin: Origin): FormatLine {
  const who = `,"slot":${slot},"pid":${process.pid}}\n`
  return (exchange, longest) => {
    const { request, endedAt, duration } = exchange
    const { rawHeaders } = request
    const remote = origin.address(request)
    const waited = queueTimeOf(request, endedAt - duration)
    return `{"time":"${isoTime(endedAt)}"${
      remote === undefined ? '' : `,"remote":"${remote}"`
    },"method":"${request.method}","url":${text(request.url ?? '', longest)},"protocol":"${origin.protocol(request)}","scheme":"${origin.scheme(request)}","status":${exchange.status},"bytes":${exchange.bytes},"duration_ms":${milliseconds(duration)}${
      waited === undefined ? '' : `,"queue_ms":${milliseconds(waited)}`
    }${exchange.aborted ? ',"aborted":true' : ''}${field('host', firstHeader(rawHeaders, 'host'), longest)}${field('referer', firstHeader(rawHeaders, 'referer'), longest)}${field('user_agent', firstHeader(rawHeaders, 'user-agent'), longest)}${who}`
  }
}

function field(name: string, value: string | undefined, longest: number): string {
  return value === undefined ? '' : `,"${name}":${text(value, longest)}`
}

function text(value: string, longest: number): string {
  return jsonText(value.length > longest ? value.slice(0, longest) : value)
}

/** Milliseconds with three decimals or none. Node takes several times as long for the text of a fraction. */
function milliseconds(value: number): string {
  const thousandths = Math.round(value * 1000)
  const whole = Math.floor(thousandths / 1000)
  const rest = thousandths - whole * 1000
  return rest === 0 ? `${whole}` : `${whole}.${String(rest).padStart(3, '0')}`
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
