import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { among } from '../../../src/sockets/networks.js'
import { originBehind } from '../../../src/worker/access-log/origin.js'

const origin = originBehind(among(['10.0.0.0/8', '::1']))

function requestFrom(peer: string | undefined, ...rawHeaders: string[]): IncomingMessage {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: peer })
  return Object.assign(new IncomingMessage(socket), { rawHeaders })
}

for (const { what, peer, told, is } of [
  { what: 'a trusted proxy is believed', peer: '10.0.0.1', told: ['192.0.2.7'], is: '192.0.2.7' },
  { what: 'a stranger is not', peer: '192.0.2.1', told: ['192.0.2.7'], is: '192.0.2.1' },
  { what: 'a unix socket is', peer: undefined, told: ['192.0.2.7'], is: '192.0.2.7' },
  { what: 'without a header it is the peer', peer: '10.0.0.1', told: [], is: '10.0.0.1' },
  {
    what: 'what a client claims is before its address',
    peer: '10.0.0.1',
    told: ['9.9.9.9, 192.0.2.7'],
    is: '192.0.2.7',
  },
  {
    what: 'proxies may stand in a row',
    peer: '10.0.0.1',
    told: ['192.0.2.7, 10.0.0.3,10.0.0.2'],
    is: '192.0.2.7',
  },
  {
    what: 'the list may be in several headers',
    peer: '10.0.0.1',
    told: ['9.9.9.9', '192.0.2.7', '10.0.0.2'],
    is: '192.0.2.7',
  },
  {
    what: 'where all are trusted the first is the client',
    peer: '10.0.0.1',
    told: ['10.0.0.3, 10.0.0.2'],
    is: '10.0.0.3',
  },
  {
    what: 'what is no address ends the list',
    peer: '10.0.0.1',
    told: ['192.0.2.7, unknown, 10.0.0.2'],
    is: '10.0.0.2',
  },
  { what: 'nothing at all is no address', peer: '10.0.0.1', told: [''], is: '10.0.0.1' },
  { what: 'a port may follow', peer: '10.0.0.1', told: ['192.0.2.7:80'], is: '192.0.2.7' },
  { what: 'and brackets enclose', peer: '::1', told: ['[2001:db8::7]:80'], is: '2001:db8::7' },
  { what: 'a zone forges nothing', peer: '::1', told: ['fe80::1%" 200 "'], is: '::1' },
]) {
  test(`the client: ${what}`, () => {
    const headers = told.flatMap((text) => ['X-Forwarded-For', text])
    assert.equal(origin.address(requestFrom(peer, 'Host', 'a', ...headers)), is)
  })
}

test('the scheme is that of the connection, or what a trusted proxy tells last', () => {
  const scheme = (peer: string, told: string) => origin.scheme(requestFrom(peer, 'x-forwarded-proto', told))
  assert.equal(origin.scheme(requestFrom('10.0.0.1')), 'http')
  assert.equal(scheme('10.0.0.1', 'https'), 'https')
  assert.equal(scheme('10.0.0.1', 'http, HTTPS'), 'https')
  assert.equal(scheme('10.0.0.1', '"'), 'http')
  assert.equal(scheme('192.0.2.1', 'https'), 'http')
  const encrypted = requestFrom('192.0.2.1')
  Object.assign(encrypted.socket, { encrypted: true })
  assert.equal(origin.scheme(encrypted), 'https')
})

test('whether a peer is trusted is asked once for a connection, however many requests it has', () => {
  let asked = 0
  const counting = originBehind(() => {
    asked++
    return false
  })
  const request = requestFrom('192.0.2.1')
  for (let count = 0; count < 3; count++) {
    assert.equal(counting.address(request), '192.0.2.1')
    assert.equal(counting.scheme(request), 'http')
    assert.equal(counting.protocol(request), 'HTTP/null')
  }
  assert.equal(asked, 1)
})
