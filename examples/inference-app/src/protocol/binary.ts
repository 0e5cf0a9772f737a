import { Refusal } from '../http/refusal.js'
import type { Datatype, Numbers } from '../model/datatype.js'
import { isKept } from './data.js'

// The binary tensor extension: elements one after the other, little-endian, as this machine has them too (the
// architectures that Node and onnxruntime run on are). A text is its length, 4 bytes, and its UTF-8.

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The elements of a tensor from its bytes. Throws a refusal that names what is wrong. */
export function readBinary(
  path: string,
  bytes: Buffer,
  { name, size, kind, allocate }: Datatype,
  length: number,
): Numbers | string[] {
  if (!allocate) return readTexts(path, bytes, length)
  if (bytes.length !== length * size) {
    throw bad(`${path} has ${bytes.length} bytes; ${length} elements of ${name} take ${length * size}.`)
  }
  const data = allocate(length)
  // Copied, since the bytes may lie at any offset, and an array of numbers may not.
  new Uint8Array(data.buffer).set(bytes)
  if (kind.is === 'boolean') {
    const index = bytes.findIndex((byte) => byte > 1)
    if (index >= 0) throw bad(`${path}: element ${index} is ${bytes[index]}; it must be 0 or 1.`)
  }
  return data
}

function readTexts(path: string, bytes: Buffer, length: number): string[] {
  const texts: string[] = []
  let offset = 0
  while (offset < bytes.length) {
    const start = offset + 4
    const end = start <= bytes.length ? start + bytes.readUInt32LE(offset) : start
    if (end > bytes.length) throw bad(`${path}: element ${texts.length} is longer than the binary data.`)
    try {
      texts.push(utf8.decode(bytes.subarray(start, end)))
    } catch {
      throw bad(`${path}: element ${texts.length} is not UTF-8 text.`)
    }
    if (!isKept(texts.at(-1) ?? ''))
      throw bad(`${path}: element ${texts.length - 1} has the character U+0000.`)
    offset = end
  }
  if (texts.length === length) return texts
  throw bad(`${path} has ${texts.length} elements of BYTES; the shape says ${length}.`)
}

/** The bytes of a tensor's elements. */
export function writeBinary(data: ArrayLike<unknown>): Buffer {
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return Buffer.concat(
    Array.from(data as ArrayLike<string>).flatMap((text) => {
      const bytes = Buffer.from(text)
      const length = Buffer.alloc(4)
      length.writeUInt32LE(bytes.length)
      return [length, bytes]
    }),
  )
}

function bad(sentence: string): Refusal {
  return new Refusal(400, sentence)
}
