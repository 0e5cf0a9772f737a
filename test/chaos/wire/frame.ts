import type { Random } from '../random.js'
import type { Connection } from './connection.js'

/** One message of a WebSocket; RFC 6455 section 5. */
export interface Frame {
  kind: 'text' | 'close' | 'other'
  payload: Buffer
}

const opcodes = { text: 1, close: 8 }

/** The bytes of a client's frame, masked as the protocol demands of clients. */
export function encodeFrame(kind: 'text' | 'close', payload: Buffer, random: Random): Buffer {
  const { length } = payload
  const extension = length < 126 ? 0 : length < 65_536 ? 2 : 8
  const header = Buffer.alloc(2 + extension + 4)
  header[0] = 0x80 | opcodes[kind]
  header[1] = 0x80 | (extension === 0 ? length : extension === 2 ? 126 : 127)
  if (extension === 2) header.writeUInt16BE(length, 2)
  if (extension === 8) header.writeBigUInt64BE(BigInt(length), 2)
  const mask = header.subarray(-4)
  mask.writeUInt32BE(random.integer(0, 0xffff_ffff))
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  return Buffer.concat([header, masked])
}

/** Reads a whole frame of a server. */
export async function readFrame(connection: Connection): Promise<Frame> {
  const [first = 0, second = 0] = await connection.bytes(2)
  let length = second & 0x7f
  if (length === 126) length = (await connection.bytes(2)).readUInt16BE()
  else if (length === 127) length = Number((await connection.bytes(8)).readBigUInt64BE())
  const payload = Buffer.from(await connection.bytes(length))
  const opcode = first & 0x0f
  const kind = opcode === opcodes.text ? 'text' : opcode === opcodes.close ? 'close' : 'other'
  return { kind, payload }
}

/** The status code that a close frame gives; 1005 is the protocol's "none given". */
export function closeCode(frame: Frame): number {
  return frame.payload.length >= 2 ? frame.payload.readUInt16BE() : 1005
}
