import assert from 'node:assert/strict'
import { test } from 'node:test'
import { among, isNetwork } from '../../src/sockets/networks.js'

for (const { text, is } of [
  { text: '10.0.0.7', is: true },
  { text: '10.0.0.0/8', is: true },
  { text: '0.0.0.0/0', is: true },
  { text: '::1', is: true },
  { text: 'fd00::/8', is: true },
  { text: 'fd00::/128', is: true },
  { text: '10.0.0.0/33', is: false },
  { text: 'fd00::/129', is: false },
  { text: '10.0.0.0/', is: false },
  { text: '10.0.0/8', is: false },
  { text: 'localhost', is: false },
  { text: '', is: false },
  { text: '*', is: false },
]) {
  test(`'${text}' is ${is ? 'an address or a network' : 'neither an address nor a network'}`, () => {
    assert.equal(isNetwork(text), is)
  })
}

const isAmong = among(['10.0.0.0/8', '192.168.1.7', 'fd00:1::/32', '::1'])

for (const { address, is } of [
  { address: '10.255.0.1', is: true },
  { address: '11.0.0.1', is: false },
  { address: '192.168.1.7', is: true },
  { address: '192.168.1.8', is: false },
  { address: '::ffff:192.168.1.7', is: true },
  { address: '::ffff:10.1.2.3', is: true },
  { address: '::ffff:11.1.2.3', is: false },
  { address: 'fd00:1:2::9', is: true },
  { address: 'fd00:2::9', is: false },
  { address: '0:0:0:0:0:0:0:1', is: true },
  { address: undefined, is: true },
]) {
  test(`${address ?? 'a unix socket'} is ${is ? '' : 'not '}among them`, () => {
    assert.equal(isAmong(address), is)
  })
}

for (const { address, is } of [
  { address: '127.0.0.1', is: true },
  { address: '127.0.0.2', is: false },
  { address: '10.0.0.7', is: true },
  { address: '0:0:0:0:0:0:0:1', is: true },
  { address: '::2', is: false },
]) {
  test(`${address} is ${is ? '' : 'not '}among addresses without a network`, () => {
    assert.equal(among(['127.0.0.1', '::ffff:10.0.0.7', '::1'])(address), is)
  })
}

test('* is everybody, and an empty list nobody but unix sockets', () => {
  assert.equal(among(['*'])('203.0.113.9'), true)
  assert.equal(among([])('127.0.0.1'), false)
  assert.equal(among([])(undefined), true)
})
