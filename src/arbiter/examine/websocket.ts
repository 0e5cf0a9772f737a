import { randomBytes } from 'node:crypto'
import { type ClientRequest, get } from 'node:http'
import type { Socket } from 'node:net'

/** As much of a WebSocket client (RFC 6455) as the inspector of a process on this machine needs. */
export interface WebSocketClient {
  send(text: string): void
  close(): void
}

const textFrame = 0x81
const maskBit = 0x80

/** Connects to a `ws:` URL; `onText` gets each text message, `onEnd` is called once, also when no connection came about. */
export function connectWebSocket(
  url: string,
  events: { onOpen: (client: WebSocketClient) => void; onText: (text: string) => void; onEnd: () => void },
): { close(): void } {
  const request: ClientRequest = get(url.replace(/^ws:/, 'http:'), {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
    },
  })
  request.on('error', events.onEnd)
  request.on('response', () => request.destroy(new Error('not a WebSocket')))
  request.on('upgrade', (_response, socket: Socket, head: Buffer) => {
    socket.on('error', () => {})
    socket.once('close', events.onEnd)
    const read = frameReader(events.onText)
    read(head)
    socket.on('data', read)
    events.onOpen({ send: (text) => socket.write(encode(text)), close: () => socket.destroy() })
  })
  return { close: () => request.destroy() }
}

/** One masked text frame; RFC 6455 section 5.2. */
function encode(text: string): Buffer {
  const payload = Buffer.from(text)
  const extended = payload.length > 125
  const header = Buffer.alloc(extended ? 4 : 2)
  header[0] = textFrame
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
