import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Ends, findHeader } from '../../../src/worker/proxy-protocol/header.js'
import { binaryHeader, localHeader, textHeader } from './bytes.js'

const port = fc.integer({ min: 0, max: 65_535 })
const ends: fc.Arbitrary<Ends> = fc.oneof(
  ...(
    [
      { family: 'IPv4', address: fc.ipV4() },
      { family: 'IPv6', address: fc.ipV6().filter((address) => !address.includes('.')) },
    ] as const
  ).map(({ family, address }) => {
    const end = fc.record({ address, port })
    return fc.record({ family: fc.constant(family), source: end, destination: end })
  }),
)

/** Type-length-value parts and whatever else a proxy adds to its addresses. */
const additions = fc.uint8Array({ maxLength: 300 })

/** Whole headers with what they say. */
const header: fc.Arbitrary<{ bytes: Buffer; ends: Ends | undefined }> = fc.oneof(
  ends.map((told) => ({ bytes: textHeader(told), ends: told })),
  fc.tuple(ends, additions).map(([told, more]) => ({ bytes: binaryHeader(told, more), ends: told })),
  additions.map((more) => ({ bytes: localHeader(more), ends: undefined })),
  fc
    .stringMatching(/^[ -~]{0,80}$/)
    .map((text) => ({ bytes: Buffer.from(`PROXY UNKNOWN ${text}\r\n`), ends: undefined })),
  fc.constant({ bytes: Buffer.from('PROXY UNKNOWN\r\n'), ends: undefined }),
)

const anyBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))

/** Without the writings of an IPv6 address in the way. */
function canonical(told: Ends | undefined): unknown {
  const plain = (address: string) =>
    address.includes(':') ? new URL(`http://[${address}]`).hostname : address
  return (
    told && [told.family, ...[told.source, told.destination].map((end) => [plain(end.address), end.port])]
  )
}

test('property: a header says its ends and its length, whatever follows', () => {
  fc.assert(
    fc.property(header, anyBytes, ({ bytes, ends: told }, more) => {
      const found = findHeader(Buffer.concat([bytes, more]))
      assert.ok(found.kind === 'header', JSON.stringify(found))
      assert.equal(found.length, bytes.length)
      assert.deepEqual(canonical(found.ends), canonical(told))
    }),
    { numRuns: 2_000 },
  )
})

test('property: the beginning of a header is a part, wherever it is cut', () => {
  fc.assert(
    fc.property(header, ({ bytes }) => {
      for (let length = 0; length < bytes.length; length++)
        assert.equal(findHeader(bytes.subarray(0, length)).kind, 'part', `${length} of ${bytes.length} bytes`)
    }),
  )
})

/** A header with some bytes changed, put in or left out. */
const spoilt = fc
  .tuple(
    header,
    fc.array(fc.tuple(fc.nat(400), fc.nat(255), fc.constantFrom(0, 1, 2)), { minLength: 1, maxLength: 4 }),
  )
  .map(([{ bytes }, changes]) => {
    const list = [...bytes]
    for (const [at, byte, removed] of changes) list.splice(at % list.length, removed, byte)
    return Buffer.from(list)
  })

const like = fc
  .tuple(
    fc.constantFrom('PROXY ', 'PROXY TCP4 ', '\r\n\r\n\0\r\nQUIT\n', '\r\n\r\n\0\r\nQUIT\n\x21\x11'),
    anyBytes,
  )
  .map(([start, rest]) => Buffer.concat([Buffer.from(start, 'latin1'), rest]))

test('property: no bytes make it throw, and what is decided does not change with what follows', () => {
  fc.assert(
    fc.property(fc.oneof(anyBytes, spoilt, like), anyBytes, (bytes, more) => {
      const found = findHeader(bytes)
      if (found.kind === 'header') assert.ok(found.length <= bytes.length)
      if (found.kind !== 'part') assert.deepEqual(findHeader(Buffer.concat([bytes, more])), found)
    }),
    { numRuns: 10_000 },
  )
})

test('property: a part is never longer than the longest header', () => {
  fc.assert(
    fc.property(fc.oneof(like, spoilt), (bytes) => {
      assert.notEqual(findHeader(Buffer.concat([bytes, Buffer.alloc(16_384)])).kind, 'part')
    }),
  )
})

for (const { text, kind } of [
  { text: '', kind: 'part' },
  { text: 'P', kind: 'part' },
  { text: 'POST / HTTP/1.1\r\n', kind: 'none' },
  { text: 'PROXYING / HTTP/1.1\r\n', kind: 'none' },
  { text: 'PROPFIND / HTTP/1.1\r\n', kind: 'none' },
  { text: 'GET', kind: 'none' },
  { text: '\r\nGET / HTTP/1.1\r\n', kind: 'none' },
  { text: '\x16\x03\x01\x02\0', kind: 'none' },
  { text: 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n', kind: 'header' },
  { text: 'PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n', kind: 'part' },
  { text: `PROXY TCP4 ${'1'.repeat(100)}`, kind: 'malformed' },
  { text: `PROXY UNKNOWN ${'x'.repeat(91)}\r\n`, kind: 'header' },
  { text: `PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, kind: 'malformed' },
  { text: 'PROXY \r\n', kind: 'malformed' },
  { text: 'PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n', kind: 'malformed' },
  { text: 'PROXY TCP4 ::1 5.6.7.8 1 2\r\n', kind: 'malformed' },
  { text: 'PROXY TCP6 ::1 5.6.7.8 1 2\r\n', kind: 'malformed' },
  { text: 'PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n', kind: 'malformed' },
  { text: 'PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n', kind: 'malformed' },
  { text: 'PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n', kind: 'malformed' },
  { text: 'PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n', kind: 'malformed' },
  { text: 'PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n', kind: 'malformed' },
  { text: 'PROXY TCP4 1.2.3.256 5.6.7.8 1 2\r\n', kind: 'malformed' },
  { text: '\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c', kind: 'malformed' },
  { text: '\r\n\r\n\0\r\nQUIT\n\x22\x11\0\x0c', kind: 'malformed' },
  { text: '\r\n\r\n\0\r\nQUIT\n\x21\x41\0\x0c', kind: 'malformed' },
  { text: '\r\n\r\n\0\r\nQUIT\n\x21\x13\0\x0c', kind: 'malformed' },
  { text: '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0b', kind: 'malformed' },
  { text: '\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x23', kind: 'malformed' },
  { text: '\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff', kind: 'malformed' },
  { text: '\r\n\r\n\0\r\nQUIT\n\x20\x7f\0\0', kind: 'header' },
  { text: '\r\n\r\n\0\r\nQUIT\n\x21\0\0\0', kind: 'header' },
  { text: `\r\n\r\n\0\r\nQUIT\n\x21\x31\0\xd8${'x'.repeat(216)}`, kind: 'header' },
]) {
  test(`${JSON.stringify(text.slice(0, 60))} is ${kind}`, () => {
    assert.equal(findHeader(Buffer.from(text, 'latin1')).kind, kind)
  })
}
