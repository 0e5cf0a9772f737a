import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { combinedFormat, parseAccessFormat } from '../../../src/settings/access-format.js'
import type { Exchange } from '../../../src/worker/access-log/exchange.js'
import { compileJsonLine, isoTime } from '../../../src/worker/access-log/json-line.js'
import { originBehind } from '../../../src/worker/access-log/origin.js'
import { clfDate, compileTextLine, type FormatLine } from '../../../src/worker/access-log/text-line.js'

const origin = originBehind(() => false)

function exchange(headers: Record<string, string>, url = '/', details: Partial<Exchange> = {}): Exchange {
  const request = new IncomingMessage(new Socket())
  Object.assign(request, { method: 'GET', url, httpVersion: '1.1' })
  request.rawHeaders = Object.entries(headers).flat()
  for (const [name, value] of Object.entries(headers)) request.headers[name.toLowerCase()] = value
  const endedAt = Date.UTC(2026, 10, 22, 18, 5, 40, 7)
  return {
    ...{ request, response: undefined, endedAt, duration: 1234.5678, status: 200, bytes: 5, aborted: false },
    ...details,
  }
}

function textLine(format: string, environment = {}): FormatLine {
  const parsed = parseAccessFormat(format)
  assert.ok(parsed?.kind === 'text', `${format} is a format`)
  return compileTextLine(parsed.parts, environment, origin)
}

const all = Number.POSITIVE_INFINITY
const write = (format: string, ...details: Parameters<typeof exchange>) =>
  textLine(format, { REGION: 'eu' })(exchange(...details), all).trimEnd()

test('each atom says what gunicorn says', () => {
  const basic = `Basic ${Buffer.from('ann:secret').toString('base64')}`
  const headers = {
    referer: 'http://a/',
    'user-agent': 'curl',
    authorization: basic,
    'X-Request-Start': `t=${Date.UTC(2026, 10, 22, 18, 5, 38) / 1000}.250`,
  }
  const atoms: Record<string, string> = {
    h: '-',
    l: '-',
    u: 'ann',
    t: `[${clfDate(Date.UTC(2026, 10, 22, 18, 5, 40))}]`,
    r: 'GET /a?b=1 HTTP/1.1',
    m: 'GET',
    U: '/a',
    q: 'b=1',
    H: 'HTTP/1.1',
    s: '200',
    B: '5',
    b: '5',
    f: 'http://a/',
    a: 'curl',
    T: '1',
    M: '1234',
    D: '1234567',
    L: '1.234568',
    p: `<${process.pid}>`,
    Q: '0.522432',
    S: 'http',
    '{referer}i': 'http://a/',
    '{X-None}i': '-',
    '{REGION}e': 'eu',
    '{NONE}e': '-',
  }
  for (const [atom, expected] of Object.entries(atoms))
    assert.equal(write(`%(${atom})s`, headers, '/a?b=1'), expected, atom)
  assert.equal(write('100%% %(b)s', {}, '/', { bytes: 0 }), '100% -')
})

test('headers of the answer are those that were sent, also what writeHead and Node add', () => {
  const { request } = exchange({})
  const response = new ServerResponse(request)
  response.setHeader('X-Set', 'a')
  response.writeHead(200, { 'X-Head': 'b', 'Content-Length': '3' })
  const line = textLine('%({x-set}o)s %({X-HEAD}o)s %({content-length}o)s %({x-none}o)s')
  assert.equal(line(exchange({}, '/', { response }), all), 'a b 3 -\n')
})

test('what is no format is refused', () => {
  for (const format of ['', '%(z)s', '%(h)', '%h', '%({a}x)s', '%({}i)s', '%(h)d', 'a\nb', '50%'])
    assert.equal(parseAccessFormat(format), undefined, format)
  assert.deepEqual(parseAccessFormat('json'), { kind: 'json' })
})

/** Any bytes, as Node gives them in headers, and more than that. */
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\r', '\u0085', '\u2028', ' ', '\x1b', 'a', '\xff', '\0'),
  }),
)
const hostile = fc.record({
  referer: anything,
  'user-agent': anything,
  host: anything,
  authorization: anything,
})

test('no bytes of headers or URL forge a line or the end of a field', () => {
  const line = textLine(combinedFormat)
  fc.assert(
    fc.property(
      hostile,
      anything,
      fc.option(fc.integer({ min: 1, max: 40 }), { nil: all }),
      (headers, url, longest) => {
        const text = line(
          exchange({ ...headers, authorization: asBasic(headers.authorization) }, url),
          longest,
        )
        assert.match(text, /^[ -~]*\n$/)
        const field = '"((?:[^"\\\\]|\\\\.)*)"'
        assert.match(text, new RegExp(`^- - [^ ]+ \\[[^\\]]+\\] ${field} 200 5 ${field} ${field}\n$`))
      },
    ),
  )
})

function asBasic(name: string): string {
  return `Basic ${Buffer.from(`${name}:x`).toString('base64')}`
}

test('a line of JSON is one line and gives back what came, whatever came', () => {
  const line = compileJsonLine(3, origin)
  fc.assert(
    fc.property(hostile, anything, (headers, url) => {
      const text = line(exchange(headers, url), all)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the question
      assert.match(text, /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*\n$/)
      const record = JSON.parse(text)
      assert.equal(record.url, url)
      assert.equal(record.host, headers.host)
      assert.deepEqual([record.status, record.bytes, record.slot, record.pid], [200, 5, 3, process.pid])
    }),
  )
})

test('JSON has these fields, and those that a request does not have are left out', () => {
  const line = compileJsonLine(3, origin)
  assert.deepEqual(JSON.parse(line(exchange({}, '/x', { aborted: true, status: 499 }), all)), {
    time: '2026-11-22T18:05:40.007Z',
    method: 'GET',
    url: '/x',
    protocol: 'HTTP/1.1',
    scheme: 'http',
    status: 499,
    bytes: 5,
    duration_ms: 1234.568,
    aborted: true,
    slot: 3,
    pid: process.pid,
  })
  assert.equal(isoTime(Date.UTC(2026, 0, 1)), '2026-01-01T00:00:00.000Z')
})

test('values are shortened where a line must be short', () => {
  const long = 'x'.repeat(10_000)
  const request = exchange({ referer: long, 'user-agent': long, host: long }, `/${long}`)
  for (const line of [compileJsonLine(0, origin), textLine(combinedFormat)])
    assert.ok(line(request, 150).length < 1_000)
})
