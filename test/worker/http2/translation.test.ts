import assert from 'node:assert/strict'
import { test } from 'node:test'
import { translateAnswer, translateTrailers } from '../../../src/worker/http2/answer.js'
import { trailerLines, translateRequest } from '../../../src/worker/http2/request-head.js'

const request = { ':method': 'GET', ':path': '/a?b', ':authority': 'host.example' }

test('a request becomes one of HTTP/1.1 with the host that it names', () => {
  const raw = [':method', 'GET', ':path', '/a?b', 'host', 'other', 'accept', '*/*', 'cookie', 'a=1']
  const text = 'GET /a?b HTTP/1.1\r\nhost: host.example\r\naccept: */*\r\ncookie: a=1\r\n\r\n'
  assert.deepEqual(translateRequest(request, raw, false), { text, body: 'none' })
  const unnamed = { ':method': 'GET', ':path': '*' }
  assert.equal(translateRequest(unnamed, ['host', 'h'], false)?.text, 'GET * HTTP/1.1\r\nhost: h\r\n\r\n')
})

test('a body with a length comes as it is, one without in chunks', () => {
  const post = { ...request, ':method': 'POST' }
  assert.equal(translateRequest(post, ['content-length', '3'], true)?.body, 'plain')
  const { text = '', body } = translateRequest(post, [], true) ?? {}
  assert.match(text, /\r\ntransfer-encoding: chunked\r\n\r\n$/)
  assert.equal(body, 'chunked')
})

const smuggled: [what: string, headers: Record<string, string>, raw: string[]][] = [
  ['a line in a value', request, ['x', 'a\r\nHost: b']],
  ['half a line end in a value', request, ['x', 'a\nb']],
  ['a line in the path', { ...request, ':path': '/ HTTP/1.1\r\nx: y' }, []],
  ['a space in the path', { ...request, ':path': '/a b' }, []],
  ['a space in the method', { ...request, ':method': 'GET /' }, []],
  ['a line in the host', { ...request, ':authority': 'a\r\nx: y' }, []],
  ['no path', { ':method': 'GET' }, []],
  ['a tunnel', { ':method': 'CONNECT', ':authority': 'a:1' }, []],
]

for (const [what, headers, raw] of smuggled) {
  test(`${what} makes it no request`, () => {
    assert.equal(translateRequest(headers, raw, true), undefined)
  })
}

test('an answer loses what is about the connection, and keeps each cookie by itself', () => {
  const head = [
    'HTTP/1.1 207 Multi: Status',
    'Content-Type: text/plain',
    ...['Connection: close', 'Keep-Alive: timeout=5', 'Transfer-Encoding: chunked', 'Upgrade: h2c'],
    ...[
      'Set-Cookie: a=1',
      'Set-Cookie: b=2',
      'Set-Cookie: c=3',
      'Vary: a',
      'Vary: b',
      'Empty:',
      'Time: 12:30',
    ],
  ].join('\r\n')
  assert.deepEqual(translateAnswer(head), {
    ':status': 207,
    'content-type': 'text/plain',
    'set-cookie': ['a=1', 'b=2', 'c=3'],
    vary: 'a, b',
    empty: '',
    time: '12:30',
  })
})

test('trailers pass both ways', () => {
  assert.equal(trailerLines(['x-sum', '4', 'bad', 'a\nb']), 'x-sum: 4\r\n')
  assert.deepEqual(translateTrailers('X-Sum: 4\r\nX-Time: 1\r\n'), { 'x-sum': '4', 'x-time': '1' })
  assert.deepEqual(translateTrailers(''), {})
})
