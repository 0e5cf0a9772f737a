import { randomBytes } from 'node:crypto'
import { type ClientRequest, get } from 'node:http'
import type { Socket } from 'node:net'

/** As much of a WebSocket client (RFC 6455) as the inspector of a process on this machine needs. */
export interface WebSocketClient {
  send(text: string): void
  close(): void
}

const textFrame = 0x81
const closeFrame = 0x88
const maskBit = 0x80

/** Status 1000, a normal end; RFC 6455 section 7.4.1. */
const normalClosure = Buffer.from([0x03, 0xe8])

/** The server must close its side within this, in milliseconds. */
const closeWithin = 900

/**
 * Connects to a `ws:` URL; `onText` gets each text message, `onEnd` is called once when all is over, also when no connection
 * came about.
 */
export function connectWebSocket(
  url: string,
  events: { onOpen: (client: WebSocketClient) => void; onText: (text: string) => void; onEnd: () => void },
): { close(): void } {
  let open: Socket | undefined
  const request: ClientRequest = get(url.replace(/^ws:/, 'http:'), {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    },
  })
  request.on('error', () => {})
  request.once('close', () => {
    if (open === undefined) events.onEnd()
  })
  request.on('response', () => request.destroy(new Error('not a WebSocket')))
  request.on('upgrade', (_response, socket: Socket, head: Buffer) => {
    open = socket
    socket.on('error', () => {})
    socket.once('close', events.onEnd)
    const read = frameReader(events.onText)
    read(head)
    socket.on('data', read)
    events.onOpen({ send: (text) => socket.write(encode(textFrame, Buffer.from(text))), close })
  })

  function close(): void {
    if (open === undefined) request.destroy()
    else if (open.writable) sayGoodbye(open)
  }

  return { close }
}

/**
 * Ends a connection in order. Where it just broke off, the inspector of Node 20 and 22 would write the next message of its
 * session into what is no longer there, and the process would die of it by SIGSEGV.
 */
function sayGoodbye(socket: Socket): void {
  socket.write(encode(closeFrame, normalClosure))
  const timer = setTimeout(() => socket.destroy(), closeWithin)
  socket.once('close', () => clearTimeout(timer))
}

/** One masked frame of this kind; RFC 6455 section 5.2. */
function encode(kind: number, payload: Buffer): Buffer {
  const extended = payload.length > 125
  const header = Buffer.alloc(extended ? 4 : 2)
  header[0] = kind
  header[1] = maskBit | (extended ? 126 : payload.length)
  if (extended) header.writeUInt16BE(payload.length, 2)
  const mask = randomBytes(4)
  for (let i = 0; i < payload.length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0)
  return Buffer.concat([header, mask, payload])
}

/** Takes bytes as they come and calls back with each whole message; a server's frames are not masked. */
function frameReader(onText: (text: string) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0)
  let message = ''
  return (chunk) => {
    pending = Buffer.concat([pending, chunk])
    for (let frame = parse(pending); frame; frame = parse(pending)) {
      pending = pending.subarray(frame.size)
      if (frame.opcode > 1) continue
      message += frame.payload
      if (!frame.final) continue
      onText(message)
      message = ''
    }
  }
}

function parse(bytes: Buffer): { size: number; final: boolean; opcode: number; payload: string } | undefined {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return undefined
  const short = second & 0x7f
  const start = short === 126 ? 4 : short === 127 ? 10 : 2
  if (bytes.length < start) return undefined
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short
  if (bytes.length < start + length) return undefined
  const payload = bytes.toString('utf8', start, start + length)
  return { size: start + length, final: (first & 0x80) !== 0, opcode: first & 0x0f, payload }
}
