import { createHash } from 'node:crypto'

/** The bytes of a slow upload or download. */
export const payloadSize = 1_048_576

/** Uploads and downloads go in pieces of so many bytes. */
export const pieceSize = 16_384

/** The megabyte that the server's downloads must be. */
export const payload: Buffer = Buffer.alloc(payloadSize)
for (let i = 0; i < payloadSize; i++) payload[i] = (i * 31 + (i >> 8) * 17) & 255

/** The checksum of the downloads. */
export const payloadSum: string = sum(payload)

/** The SHA-1 of these bytes in hexadecimal. */
export function sum(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex')
}
