// The wire format of Protocol Buffers: every field is a key (its number and its kind) and a value.

const varint = 0
const lengthDelimited = 2

/** A field holding a whole number; a negative one takes ten bytes, as the format has it. */
export function integer(field: number, value: number): Buffer {
  return Buffer.concat([encodeVarint((field << 3) | varint), encodeVarint(value)])
}

/** A field holding bytes. */
export function bytes(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([encodeVarint((field << 3) | lengthDelimited), encodeVarint(value.length), value])
}

/** A field holding text. */
export function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value))
}

/** A field holding another message, given by its fields. */
export function message(field: number, fields: Uint8Array[]): Buffer {
  return bytes(field, Buffer.concat(fields))
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function encodeVarint(value: number): Buffer {
  const encoded: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 127n) {
    encoded.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  encoded.push(Number(rest))
  return Buffer.from(encoded)
}
