import assert from 'node:assert/strict'
import net from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { isIP, isIPv6 } from '../../src/sockets/ip.js'

const piece = fc.oneof(
  fc.constantFrom(
    ':',
    '::',
    '.',
    '%',
    '%eth0',
    '%1',
    '[',
    ']',
    '/',
    '@',
    ' ',
    '\0',
    '127.0.0.1',
    '0',
    '255',
    '256',
    '01',
  ),
  fc.integer({ min: 0, max: 0x1ffff }).map((number) => number.toString(16)),
)
const nearly = fc.array(piece, { maxLength: 18 }).map((pieces) => pieces.join(''))
const groups = fc
  .array(fc.constantFrom('', '0', 'a', 'FFFF', '1.2.3.4', '12345'), { maxLength: 9 })
  .map((all) => all.join(':'))

test('addresses of IP are told as Node tells them', () => {
  const texts = fc.oneof(nearly, groups, fc.ipV6(), fc.ipV4(), fc.string())
  fc.assert(
    fc.property(texts, (text) => {
      assert.equal(isIPv6(text), net.isIPv6(text))
      assert.equal(isIP(text), net.isIP(text))
    }),
    { numRuns: 20_000 },
  )
})
