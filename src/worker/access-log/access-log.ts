import type { Server, ServerResponse } from 'node:http'
import type { AccessFormat } from '../../settings/access-format.js'
import type { Connections, RequestWatch } from '../connections.js'
import { countBodies } from './body-size.js'
import type { Destination } from './destination.js'
import { type Exchange, exchangeOf } from './exchange.js'
import { compileJsonLine } from './json-line.js'
import { createLineBuffer } from './line-buffer.js'
import type { Origin } from './origin.js'
import { compileTextLine } from './text-line.js'
import { followUpgrades } from './upgrades.js'

/** The access log of a worker. It writes by itself; the arbiter sees none of it. */
export interface AccessLog {
  /** Learns of each request that has a response. */
  readonly watch: RequestWatch
  /** Follows the others of this server, and sees to it that no line is missing at the end of the process. */
  follow(server: Server, connections: Connections): void
  /** Goes on in the file that this opens, which may have been moved away meanwhile. Throws what `open` throws. */
  reopen(): void
}

/** Requests whose lines are made in one go, which is much cheaper than one at a time. */
const batch = 64

/** A line waits this long at the most, in milliseconds. */
const flushEvery = 100

/** Characters of a value in a line that is too long to be written to a pipe in one piece. */
const shortValue = 150

/** Bytes of the body so far, on its response. */
const bodyBytes = Symbol('nworkers.body-bytes')
type Counted = ServerResponse & { [bodyBytes]?: number }

/**
 * @param options.open - opens the file, or gives the stream that stays
 * @param options.tell - told in a sentence when lines are dropped
 */
export function startAccessLog(options: {
  format: AccessFormat
  slot: number
  origin: Origin
  open: () => Destination
  tell: (text: string) => void
}): AccessLog {
  const { format, slot, origin, open, tell } = options
  let destination = open()
  let pending: Exchange[] = []
  let timer: NodeJS.Timeout | undefined
  const formatLine =
    format.kind === 'json'
      ? compileJsonLine(slot, origin)
      : compileTextLine(format.parts, process.env, origin)
  const buffer = createLineBuffer(destination, tell)
  countBodies((response: Counted, bytes) => {
    response[bodyBytes] = (response[bodyBytes] ?? 0) + bytes
  })

  function add(exchange: Exchange): void {
    pending.push(exchange)
    if (pending.length >= batch) flush()
    else timer ??= setTimeout(flush, flushEvery).unref()
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    const exchanges = pending
    pending = []
    for (const exchange of exchanges) write(exchange)
    buffer.flush()
  }

  function write(exchange: Exchange): void {
    const line = formatLine(exchange, Number.POSITIVE_INFINITY)
    // A character is at most three bytes.
    const isLong =
      line.length * 3 > destination.wholeWrite && Buffer.byteLength(line) > destination.wholeWrite
    buffer.add(isLong ? formatLine(exchange, shortValue) : line)
  }

  return {
    watch: {
      begin(request) {
        // Node remembers it from here on, also when the connection has gone.
        void request.socket.remoteAddress
      },
      end(response: Counted, duration) {
        add(exchangeOf(response, duration, response[bodyBytes] ?? 0))
      },
    },
    follow(server, connections) {
      followUpgrades(server, add)
      // Of whatever kind the end is. What was being answered gets its line too.
      process.on('exit', () => {
        connections.abandon()
        flush()
        buffer.end()
      })
    },
    reopen() {
      flush()
      destination = open()
      const former = buffer.redirect(destination)
      if (former !== destination) former.close()
    },
  }
}
