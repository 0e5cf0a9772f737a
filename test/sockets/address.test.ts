import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BindAddress, bindText, formatAddress, parseAddress } from '../../src/sockets/address.js'

const tcp = (host: string, port: number): BindAddress => ({ kind: 'tcp', host, port })
const unix = (path: string): BindAddress => ({ kind: 'unix', path })

const passed = (name: string): BindAddress => ({ kind: 'fd', name })

const addresses: [text: string, address: BindAddress, url: string][] = [
  ['127.0.0.1:8000', tcp('127.0.0.1', 8000), 'http://127.0.0.1:8000'],
  ['localhost:80', tcp('localhost', 80), 'http://localhost:80'],
  ['my-host.example:443', tcp('my-host.example', 443), 'http://my-host.example:443'],
  [':8080', tcp('0.0.0.0', 8080), 'http://0.0.0.0:8080'],
  ['8080', tcp('127.0.0.1', 8080), 'http://127.0.0.1:8080'],
  ['0', tcp('127.0.0.1', 0), 'http://127.0.0.1:0'],
  [':65535', tcp('0.0.0.0', 65_535), 'http://0.0.0.0:65535'],
  ['[::1]:8000', tcp('::1', 8000), 'http://[::1]:8000'],
  ['[::]:0', tcp('::', 0), 'http://[::]:0'],
  ['[fe80::1%eth0]:80', tcp('fe80::1%eth0', 80), 'http://[fe80::1%eth0]:80'],
  ['unix:/run/x.sock', unix('/run/x.sock'), 'unix:/run/x.sock'],
  ['unix:///run/x.sock', unix('/run/x.sock'), 'unix:/run/x.sock'],
  ['unix://x.sock', unix('x.sock'), 'unix:x.sock'],
  ['unix:with space:1', unix('with space:1'), 'unix:with space:1'],
  ['fd://3', passed('3'), 'fd://3'],
  ['fd://app.socket', passed('app.socket'), 'fd://app.socket'],
]

const mistakes = [
  '',
  ':',
  'localhost',
  'localhost:',
  'localhost:http',
  '127.0.0.1:65536',
  '123456',
  '-1',
  ':-1',
  '80.5',
  ' 80',
  '::1:8000',
  '[::1]',
  '[127.0.0.1]:80',
  '[::g]:80',
  '256.1.1.1:80',
  '1.2.3:80',
  'http://127.0.0.1:80',
  'a b:80',
  'unix:',
  'unix://',
  'unix:a\0b',
  'fd://',
  'fd://2',
  'fd://03',
  'fd://a:b',
]

for (const [text, address, url] of addresses) {
  test(`the address ${text} is ${url}`, () => {
    assert.deepEqual(parseAddress(text), address)
    assert.equal(formatAddress(address), url)
    assert.deepEqual(parseAddress(bindText(address)), address)
  })
}

for (const text of mistakes) {
  test(`${JSON.stringify(text)} is no address`, () => {
    assert.equal(parseAddress(text), undefined)
  })
}
