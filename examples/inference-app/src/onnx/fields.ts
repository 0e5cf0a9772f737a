import type { FileHandle } from 'node:fs/promises'

/** A field of a Protocol Buffers message in a file: a number, or the place of its bytes. */
export type Field =
  | { number: number; kind: 'integer'; value: bigint }
  | { number: number; kind: 'bytes'; start: number; end: number }

/** A key and a length take at most this many bytes. */
const headLength = 20

/**
 * The fields of the message that lies from `start` to `end` in the file. Values are skipped, not read, so that a model
 * of gigabytes costs a few small reads. Throws if the bytes are no message.
 */
export async function* readFields(file: FileHandle, start: number, end: number): AsyncGenerator<Field> {
  const head = Buffer.alloc(headLength)
  for (let position = start; position < end; ) {
    const { bytesRead } = await file.read(head, 0, headLength, position)
    const key = readVarint(head, 0, bytesRead)
    const number = Number(key.value >> 3n)
    switch (Number(key.value & 7n)) {
      case 0: {
        const { value, next } = readVarint(head, key.next, bytesRead)
        yield { number, kind: 'integer', value }
        position += next
        break
      }
      case 1:
        position += key.next + 8
        break
      case 2: {
        const { value, next } = readVarint(head, key.next, bytesRead)
        const from = position + next
        position = from + Number(value)
        if (position > end) throw new Error('A field is longer than the file.')
        yield { number, kind: 'bytes', start: from, end: position }
        break
      }
      case 5:
        position += key.next + 4
        break
      default:
        throw new Error('A field is of no known kind.')
    }
  }
}

function readVarint(bytes: Buffer, offset: number, end: number): { value: bigint; next: number } {
  let value = 0n
  for (let next = offset, shift = 0n; next < end && shift < 70n; shift += 7n) {
    const byte = bytes[next++] as number
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return { value, next }
  }
  throw new Error('A number does not end.')
}

/** The bytes of a field as text. */
export async function readText(
  file: FileHandle,
  { start, end }: { start: number; end: number },
): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
  return buffer.toString('utf8', 0, bytesRead)
}
