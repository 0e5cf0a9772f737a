import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { recognise } from '../../src/app/kinds.js'
import { answerFailure } from '../../src/app/listener.js'

const DEADLINE_MS = 10_000

/** Serves a function as an app and answers its port. */
async function serve(t: TestContext, value: unknown): Promise<number> {
  const app = await recognise({
    value,
    owner: undefined,
    subject: 'create of app.js',
    specifier: 'app.js:create',
  })?.()
  assert.ok(app)
  app.server.listen(0, '127.0.0.1')
  await once(app.server, 'listening')
  t.after(() => {
    app.server.closeAllConnections()
    app.server.close()
  })
  return (app.server.address() as AddressInfo).port
}

/** Keeps what is written to stderr, instead of printing it. */
function captureStderr(t: TestContext): () => string {
  const write = t.mock.method(process.stderr, 'write', () => true)
  return () => write.mock.calls.map((call) => String(call.arguments[0])).join('')
}

async function ask(port: number, path = '/'): Promise<{ response: IncomingMessage; body: string }> {
  const signal = AbortSignal.timeout(DEADLINE_MS)
  const [response] = await once(get({ port, host: '127.0.0.1', path, agent: false, signal }), 'response')
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return { response, body }
}

/** What comes back on a raw connection until it ends. */
async function exchange(port: number, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1', () => socket.write(request))
  socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error('No end of the answer.')))
  let text = ''
  for await (const chunk of socket.setEncoding('utf8')) text += chunk
  return text
}

const failing = {
  'throws at once': () => {
    throw new Error('boom')
  },
  'rejects later': async () => {
    await null
    throw new Error('boom')
  },
}

describe('a handler that fails', () => {
  for (const [how, fail] of Object.entries(failing)) {
    test(`and ${how} is answered with 500, and the server lives on`, async (t) => {
      const stderr = captureStderr(t)
      const port = await serve(t, (request: IncomingMessage, response: { end(text: string): void }) =>
        request.url === '/bad?x=1' ? fail() : response.end('good'),
      )
      const bad = await ask(port, '/bad?x=1')
      assert.equal(bad.response.statusCode, 500)
      assert.equal(bad.body, 'Internal Server Error\n')
      assert.match(stderr(), /^Error while answering GET \/bad\?x=1\nError: boom\n {4}at .*listener\.test/)
      const good = await ask(port, '/good')
      assert.equal(good.body, 'good')
    })

    test(`and ${how} with an answer prepared sends none of it but the connection header`, async (t) => {
      captureStderr(t)
      const port = await serve(t, (_request: IncomingMessage, response: ServerResponse) => {
        response.setHeader('content-length', 4)
        response.setHeader('content-encoding', 'gzip')
        response.setHeader('connection', 'close')
        response.statusMessage = 'Fine'
        return fail()
      })
      const { response, body } = await ask(port)
      assert.equal(response.statusMessage, 'Internal Server Error')
      assert.equal(response.headers['content-encoding'], undefined)
      assert.equal(response.headers.connection, 'close')
      assert.equal(body, 'Internal Server Error\n')
    })

    test(`and ${how} in the middle of an answer has its connection cut`, async (t) => {
      captureStderr(t)
      const port = await serve(t, (_request: IncomingMessage, response: ServerResponse) => {
        response.writeHead(200, { 'content-length': 100 })
        response.write('half')
        return fail()
      })
      await assert.rejects(ask(port), { code: 'ECONNRESET' })
    })

    test(`and ${how} after its answer keeps the connection`, async (t) => {
      const stderr = captureStderr(t)
      const port = await serve(t, (_request: IncomingMessage, response: ServerResponse) => {
        response.end('whole')
        return fail()
      })
      const first = 'GET /1 HTTP/1.1\r\nHost: x\r\n\r\n'
      const second = 'GET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
      const text = await exchange(port, first + second)
      assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 2)
      assert.match(stderr(), /GET \/1\nError: boom[\s\S]*GET \/2\nError: boom/)
    })
  }

  test('and whose response is broken too has its connection cut', async (t) => {
    captureStderr(t)
    const port = await serve(t, (_request: IncomingMessage, response: ServerResponse) => {
      response.end = () => {
        throw new Error('end is broken')
      }
      throw new Error('boom')
    })
    await assert.rejects(ask(port), { code: 'ECONNRESET' })
  })

  test('and throws something that is no error is answered with 500', async (t) => {
    const stderr = captureStderr(t)
    const port = await serve(t, (_request: IncomingMessage, _response: unknown) => {
      throw null
    })
    assert.equal((await ask(port)).response.statusCode, 500)
    assert.equal(stderr(), 'Error while answering GET /\nnull\n')
  })
})

describe('a middleware', () => {
  const middleware = (request: IncomingMessage, _response: unknown, next: (e?: unknown) => void) => {
    if (request.url === '/throw') throw new Error('thrown')
    if (request.url === '/error') next(new Error('passed on'))
    else if (request.url === '/twice') [next(), next()]
    else next()
  }

  test('that calls next is answered with 404, also when it calls it twice', async (t) => {
    const port = await serve(t, middleware)
    for (const path of ['/none', '/twice']) {
      const { response, body } = await ask(port, path)
      assert.equal(response.statusCode, 404)
      assert.equal(body, 'Not Found\n')
    }
  })

  test('that throws or passes on an error is answered with 500 and its stack is printed', async (t) => {
    const stderr = captureStderr(t)
    const port = await serve(t, middleware)
    for (const [path, message] of [
      ['/throw', 'thrown'],
      ['/error', 'passed on'],
    ]) {
      assert.equal((await ask(port, path)).response.statusCode, 500)
      assert.ok(stderr().includes(`GET ${path}\nError: ${message}\n    at `), stderr())
    }
  })
})

describe('a factory without its call', () => {
  const listener = () => {}
  const factories: [string, unknown, string][] = [
    ['a function', () => listener, 'returned a function with 0 parameters instead of answering'],
    [
      'a promise of a function',
      async () => listener,
      'returned a function with 0 parameters instead of answering',
    ],
    ['a server', () => createServer(), 'returned an instance of Server instead of answering'],
    ['a function, from options', (_options: unknown) => listener, 'returned a function'],
  ]
  for (const [what, factory, says] of factories) {
    test(`that returns ${what} is told at the first request`, async (t) => {
      const stderr = captureStderr(t)
      const port = await serve(t, factory)
      assert.equal((await ask(port)).response.statusCode, 500)
      assert.ok(stderr().includes(says), stderr())
      assert.ok(stderr().includes("Run it as 'app.js:create()'"), stderr())
    })
  }

  test('is not seen in a wrapper that passes all its arguments on', async (t) => {
    const port = await serve(t, (...parameters: [IncomingMessage, ServerResponse]) =>
      parameters[1].end('wrapped'),
    )
    assert.equal((await ask(port)).body, 'wrapped')
  })
})

test('answerFailure answers a HEAD request without a body', async (t) => {
  captureStderr(t)
  const port = await serve(t, (request: IncomingMessage, response: ServerResponse) =>
    answerFailure(new Error('boom'), request, response),
  )
  const text = await exchange(port, 'HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  assert.match(text, /^HTTP\/1\.1 500 Internal Server Error\r\n/)
  assert.ok(text.endsWith('\r\n\r\n'))
})
