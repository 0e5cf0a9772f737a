import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { poll, within } from '../process/harness/poll.js'
import { type Answer, type Client, connect, get } from './harness/client.js'
import { serve } from './harness/service.js'

const hello: RequestListener = (_request, response) => void response.end('hello')

/** A handler that keeps its responses until the test ends them. */
function holding(begin?: (response: ServerResponse) => void) {
  const responses: ServerResponse[] = []
  const handler: RequestListener = (request, response) => {
    request.resume()
    begin?.(response)
    responses.push(response)
  }
  return { handler, responses }
}

function says(answer: Answer | undefined): string | undefined {
  return answer?.headers.get('connection')?.toLowerCase()
}

/** A client whose first request was answered, so that its connection is an idle keep-alive one. */
async function idleClient(...to: Parameters<typeof connect>): Promise<Client> {
  const client = await connect(...to)
  client.send(get('/'))
  assert.equal(says(await client.answer(1)), 'keep-alive')
  return client
}

const ended = (drain: { ended: Promise<void> }) => within(drain.ended, { what: 'the drain is over' })

test('an idle connection is still answered, with Connection: close, and ends then', async (t) => {
  const service = await serve(t, hello)
  const client = await idleClient(t, service.port)
  const drain = service.drain()
  client.send(get('/'))
  const answer = await client.answer(2)
  assert.equal(answer.body, 'hello')
  assert.equal(says(answer), 'close')
  assert.equal(await client.closed(), 'end')
  await ended(drain)
})

test('an idle connection is closed in order when it has been idle for the linger, and not before', async (t) => {
  const service = await serve(t, hello)
  const client = await idleClient(t, service.port)
  const start = performance.now()
  const drain = service.drain({ linger: 300 })
  assert.equal(await client.closed(), 'end')
  assert.ok(performance.now() - start >= 300)
  await ended(drain)
})

test('the linger counts from when a connection became idle', async (t) => {
  const { handler, responses } = holding((response) => void response.write('begun'))
  const service = await serve(t, handler)
  const client = await connect(t, service.port)
  client.send(get('/'))
  await client.receives('begun')
  const idle = await connect(t, service.port)
  service.drain({ linger: 300 })
  assert.equal(await idle.closed(), 'end')
  const start = performance.now()
  responses[0]?.end()
  assert.equal(says(await client.answer(1)), 'keep-alive', 'its headers were out before the drain')
  assert.equal(await client.closed(), 'end')
  assert.ok(performance.now() - start >= 300)
})

test('an answer that had begun is sent to its end, and the next one on its connection says close', async (t) => {
  const { handler, responses } = holding((response) => void response.write('begun '))
  const service = await serve(t, handler)
  const client = await connect(t, service.port)
  client.send(get('/'))
  await client.receives('begun')
  const drain = service.drain()
  responses[0]?.end('ended')
  assert.equal((await client.answer(1)).body, 'begun ended')
  client.send(get('/'))
  await service.inFlight(1)
  responses[1]?.end()
  assert.equal(says(await client.answer(2)), 'close')
  assert.equal(await client.closed(), 'end')
  await ended(drain)
})

test('a running request is answered with Connection: close', async (t) => {
  const { handler, responses } = holding()
  const service = await serve(t, handler)
  const client = await connect(t, service.port)
  client.send(get('/'))
  await service.inFlight(1)
  const drain = service.drain({ linger: 0 })
  const idle = await connect(t, service.port).catch((error: NodeJS.ErrnoException) => error.code)
  assert.equal(idle, 'ECONNREFUSED', 'nothing is accepted any more')
  responses[0]?.end('answer')
  const answer = await client.answer(1)
  assert.equal(answer.body, 'answer')
  assert.equal(says(answer), 'close')
  assert.equal(await client.closed(), 'end')
  await ended(drain)
})

test('a connection that has sent nothing yet is answered within the linger and closed after it', async (t) => {
  const service = await serve(t, hello)
  const silent = await connect(t, service.port)
  const late = await connect(t, service.port)
  const drain = service.drain({ linger: 300 })
  late.send(get('/'))
  assert.equal(says(await late.answer(1)), 'close')
  assert.equal(await silent.closed(), 'end')
  assert.equal(silent.received(), '')
  await ended(drain)
})

test('half a request is no idleness: it is answered when it is complete', async (t) => {
  const service = await serve(t, hello)
  const half = await connect(t, service.port)
  const halfOnIdle = await idleClient(t, service.port)
  const idle = await idleClient(t, service.port)
  half.send('GET / HT')
  halfOnIdle.send('G')
  await poll(
    () => service.connections.sockets.members().filter((socket) => socket.bytesRead > 0).length === 3,
    {
      what: 'the halves have come',
    },
  )
  const drain = service.drain({ linger: 200 })
  assert.equal(await idle.closed(), 'end')
  half.send('TP/1.1\r\nHost: test\r\n\r\n')
  halfOnIdle.send('ET / HTTP/1.1\r\nHost: test\r\n\r\n')
  assert.equal(says(await half.answer(1)), 'close')
  assert.equal(says(await halfOnIdle.answer(2)), 'close')
  assert.equal(await half.closed(), 'end')
  assert.equal(await halfOnIdle.closed(), 'end')
  await ended(drain)
})

const body = Buffer.alloc(1024 * 1024, 'abcdefghij')
const post = `POST / HTTP/1.1\r\nHost: test\r\nContent-Length: ${body.length}\r\n\r\n`

test('an upload that was under way is received and answered', async (t) => {
  const service = await serve(t, async (request, response) => {
    const hash = createHash('sha1')
    for await (const chunk of request) hash.update(chunk)
    response.end(hash.digest('hex'))
  })
  const client = await connect(t, service.port)
  const idle = await idleClient(t, service.port)
  client.send(post)
  client.send(body.subarray(0, 300_000))
  await service.inFlight(1)
  const drain = service.drain({ linger: 200 })
  assert.equal(await idle.closed(), 'end')
  client.send(body.subarray(300_000))
  const answer = await client.answer(1)
  assert.equal(answer.body, createHash('sha1').update(body).digest('hex'))
  assert.equal(says(answer), 'close')
  assert.equal(await client.closed(), 'end')
  await ended(drain)
})

test('an answer that comes before the upload has ended does not cut the upload; the next one says close', async (t) => {
  const service = await serve(t, hello)
  const client = await connect(t, service.port)
  client.send(post)
  const drain = service.drain()
  client.send(body.subarray(0, 300_000))
  assert.equal(says(await client.answer(1)), 'keep-alive')
  client.send(body.subarray(300_000))
  client.send(get('/'))
  assert.equal(says(await client.answer(2)), 'close')
  assert.equal(await client.closed(), 'end')
  await ended(drain)
})

const pipelined = ['/1', '/2', '/3', '/4', '/5']

function assertAllAnswered(client: Client): void {
  const answers = client.answers()
  assert.deepEqual(
    answers.map((answer) => answer.body),
    pipelined,
  )
  assert.deepEqual(answers.map(says), ['keep-alive', 'keep-alive', 'keep-alive', 'keep-alive', 'close'])
}

const handlers: Record<string, RequestListener> = {
  'synchronous handlers': (request, response) => void response.end(request.url),
  'asynchronous handlers': (request, response) =>
    void setImmediate(() => setImmediate(() => response.end(request.url))),
  'a first handler that answers last': (request, response) => {
    if (request.url === '/1') setTimeout(() => response.end(request.url), 50)
    else response.end(request.url)
  },
  'a last handler that answers first': (request, response) => {
    if (request.url === '/5') response.end(request.url)
    else setTimeout(() => response.end(request.url), 50)
  },
}

for (const [what, handler] of Object.entries(handlers)) {
  test(`pipelined requests that come during the drain are all answered: ${what}`, async (t) => {
    const service = await serve(t, handler)
    const client = await connect(t, service.port)
    const drain = service.drain()
    client.send(pipelined.map((path) => get(path)).join(''))
    assert.equal(await client.closed(), 'end')
    assertAllAnswered(client)
    await ended(drain)
  })
}

test('pipelined requests that came before the drain are all answered, and the last answer says close', async (t) => {
  const { handler, responses } = holding()
  const service = await serve(t, handler)
  const client = await connect(t, service.port)
  client.send(pipelined.map((path) => get(path)).join(''))
  await service.inFlight(5)
  const drain = service.drain()
  for (const response of responses.toReversed()) response.end(response.req.url)
  assert.equal(await client.closed(), 'end')
  const answers = client.answers()
  assert.deepEqual(
    answers.map((answer) => answer.body),
    pipelined,
  )
  assert.equal(says(answers[4]), 'close')
  await ended(drain)
})

for (const whole of [['/1'], ['/1', '/2']]) {
  test(`${whole.length} whole and a part of a pipelined request: close is said when the part was answered`, async (t) => {
    const service = await serve(t, (request, response) => void response.end(request.url))
    const client = await connect(t, service.port)
    const drain = service.drain()
    client.send(`${whole.map((path) => get(path)).join('')}GET /last HTTP/1.1\r\nHo`)
    await client.answer(whole.length)
    client.send('st: test\r\n\r\n')
    assert.equal(await client.closed(), 'end')
    assert.deepEqual(
      client.answers().map((answer) => [answer.body, says(answer)]),
      [...whole.map((path) => [path, 'keep-alive']), ['/last', 'close']],
    )
    await ended(drain)
  })
}

test('a request that comes after close was said is not handled', async (t) => {
  const { handler, responses } = holding()
  const service = await serve(t, handler)
  const client = await connect(t, service.port)
  const drain = service.drain()
  client.send(get('/1'))
  await service.inFlight(1)
  responses[0]?.write('begun')
  await client.receives('begun')
  const [socket] = service.connections.sockets.members()
  const before = socket?.bytesRead ?? 0
  client.send(get('/2'))
  await poll(() => (socket?.bytesRead ?? 0) > before, { what: 'the second request has come' })
  await turn()
  await turn()
  responses[0]?.end()
  assert.equal(says(await client.answer(1)), 'close')
  await client.closed()
  assert.equal(responses.length, 1)
  await ended(drain)
})

test('an event stream ends by the drain hook of the app', async (t) => {
  const streams: ServerResponse[] = []
  let calls = 0
  const service = await serve(
    t,
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      streams.push(response)
    },
    {
      drain() {
        calls += 1
        for (const stream of streams) stream.end('event: bye\n\n')
      },
    },
  )
  const client = await connect(t, service.port)
  client.send(get('/'))
  await client.receives('data: 1')
  const drain = service.drain({ linger: 100 })
  assert.equal((await client.answer(1)).body, 'data: 1\n\nevent: bye\n\n')
  assert.equal(await client.closed(), 'end')
  await ended(drain)
  assert.equal(calls, 1)
})

test('a drain hook that fails is told in the log, and the drain goes on', async (t) => {
  const drainHook = async () => {
    throw new Error('no goodbye')
  }
  const service = await serve(t, hello, { drain: drainHook })
  const client = await idleClient(t, service.port)
  const drain = service.drain({ linger: 100 })
  assert.equal(await client.closed(), 'end')
  await ended(drain)
  assert.match(service.log.join('\n'), /The drain hook of the app failed: Error: no goodbye/)
})

test('what is busy at the graceful timeout is cut and counted, what is idle is not', async (t) => {
  const { handler } = holding((response) => void response.write('data: 1\n\n'))
  const service = await serve(t, handler)
  const stream = await connect(t, service.port)
  stream.send(get('/'))
  await stream.receives('data: 1')
  const idle = await connect(t, service.port)
  const start = performance.now()
  const drain = service.drain({ gracefulTimeout: 300 })
  await ended(drain)
  assert.ok(performance.now() - start >= 299)
  assert.equal(await idle.closed(), 'end')
  await stream.closed()
  assert.equal(stream.answers()[0]?.isComplete, false)
  assert.deepEqual(service.log, ['The graceful timeout is over: 1 busy connection was cut.'])
})

function echoServer(): http.Server {
  const server = http.createServer(hello)
  server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.pipe(socket)
  })
  return server
}

async function upgraded(...to: Parameters<typeof connect>): Promise<Client> {
  const client = await connect(...to)
  client.send(get('/', 'Connection: Upgrade\r\nUpgrade: echo\r\n'))
  await client.receives('101 Switching Protocols')
  return client
}

test('an upgraded connection stays beyond the linger until the client ends it', async (t) => {
  const service = await serve(t, echoServer())
  const client = await upgraded(t, service.port)
  const idle = await connect(t, service.port)
  const drain = service.drain({ linger: 100 })
  assert.equal(await idle.closed(), 'end')
  client.send('still there?')
  await client.receives('still there?')
  client.socket.end()
  await client.closed()
  await ended(drain)
})

test('an upgraded connection is cut at the graceful timeout', async (t) => {
  const service = await serve(t, echoServer())
  const client = await upgraded(t, service.port)
  await ended(service.drain({ gracefulTimeout: 200, linger: 100 }))
  await client.closed()
  assert.match(service.log.join(), /1 busy connection was cut/)
})

test('a CONNECT tunnel stays beyond the linger', async (t) => {
  const server = http.createServer(hello)
  server.on('connect', (_request, socket) => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    socket.pipe(socket)
  })
  const service = await serve(t, server)
  const client = await connect(t, service.port)
  client.send('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n')
  await client.receives('established')
  const idle = await connect(t, service.port)
  service.drain({ linger: 100 })
  assert.equal(await idle.closed(), 'end')
  client.send('through the tunnel')
  await client.receives('through the tunnel')
})

const expecting = 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n'

async function collect(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  response.end(text)
}

for (const when of ['before', 'during'] as const) {
  test(`Expect: 100-continue that comes ${when} the drain is answered`, async (t) => {
    const service = await serve(t, (request, response) => void collect(request, response))
    const client = await connect(t, service.port)
    if (when === 'before') {
      client.send(expecting)
      await client.receives('100 Continue')
    }
    const drain = service.drain()
    if (when === 'during') {
      client.send(expecting)
      await client.receives('100 Continue')
    }
    client.send('body')
    const answer = await client.answer(1)
    assert.equal(answer.body, 'body')
    assert.equal(says(answer), 'close')
    await ended(drain)
  })

  test(`a checkContinue listener is heard ${when} the drain`, async (t) => {
    const server = http.createServer((request, response) => void collect(request, response))
    server.on('checkContinue', (request, response) => {
      response.writeContinue()
      server.emit('request', request, response)
    })
    const service = await serve(t, server)
    const client = await connect(t, service.port)
    if (when === 'before') {
      client.send(expecting)
      await client.receives('100 Continue')
    }
    const drain = service.drain()
    if (when === 'during') {
      client.send(expecting)
      await client.receives('100 Continue')
    }
    client.send('body')
    assert.equal(says(await client.answer(1)), 'close')
    assert.equal(service.connections.answered, 1)
    await ended(drain)
  })
}

const stubborn: Record<string, RequestListener> = {
  setHeader: (_request, response) => {
    response.setHeader('Connection', 'keep-alive')
    response.end()
  },
  'an object': (_request, response) =>
    void response.writeHead(200, { connection: 'keep-alive', 'x-a': 'b' }).end(),
  'an object after setHeader': (_request, response) => {
    response.setHeader('connection', 'keep-alive')
    response.writeHead(200, 'fine', { CONNECTION: 'keep-alive', 'x-a': 'b' }).end()
  },
  'a list': (_request, response) =>
    void response
      .writeHead(200, [
        'Connection',
        'keep-alive',
        'Set-Cookie',
        'a=1',
        'Set-Cookie',
        'b=2',
        'x-a',
        'connection',
      ])
      .end(),
  shouldKeepAlive: (_request, response) => {
    response.shouldKeepAlive = true
    response.end()
  },
}
for (const [what, handler] of Object.entries(stubborn)) {
  test(`an app that asks for keep-alive itself, by ${what}`, async (t) => {
    const service = await serve(t, handler)
    const client = await connect(t, service.port)
    const drain = service.drain()
    client.send(get('/'))
    const answer = await client.answer(1)
    assert.deepEqual(
      answer.lines.filter((line) => /^connection:/i.test(line)).map((line) => line.toLowerCase()),
      ['connection: close'],
    )
    if (what === 'a list') {
      assert.deepEqual(
        answer.lines.filter((line) => line.startsWith('Set-Cookie')),
        ['Set-Cookie: a=1', 'Set-Cookie: b=2'],
      )
      assert.equal(answer.headers.get('x-a'), 'connection')
    }
    assert.equal(await client.closed(), 'end')
    await ended(drain)
  })
}

test('HTTP/1.0 with keep-alive is answered and closed', async (t) => {
  const service = await serve(t, (_request, response) => {
    response.setHeader('Content-Length', 5)
    response.end('hello')
  })
  const client = await connect(t, service.port)
  const ask = 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'
  client.send(ask)
  assert.equal(says(await client.answer(1)), 'keep-alive')
  const drain = service.drain()
  client.send(ask)
  assert.equal(says(await client.answer(2)), 'close')
  assert.equal(await client.closed(), 'end')
  await ended(drain)
})

test('a client that half-closes is answered as it is when there is no drain', async (t) => {
  const service = await serve(t, hello)
  const client = await connect(t, service.port)
  const drain = service.drain()
  client.socket.end(get('/'))
  const answer = await client.answer(1)
  assert.equal(answer.body, 'hello')
  assert.equal(await client.closed(), 'end')
  await ended(drain)
})

test('a request that came while a handler blocked the loop beyond the linger is answered', async (t) => {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  const service = await serve(t, (request, response) => {
    if (request.url === '/block') {
      // Sent by the client, and not read by the server before the sweep is due.
      idle.socket.write(get('/'))
      Atomics.wait(cell, 0, 0, 500)
    }
    response.end('answered')
  })
  const idle: Client = await connect(t, service.port)
  const blocker = await connect(t, service.port)
  const { mock } = t.mock.method(http.Server.prototype, 'closeIdleConnections')
  service.drain({ linger: 300 })
  await poll(() => mock.callCount() > 0, { what: 'idle connections were looked for' })
  blocker.send(get('/block'))
  assert.equal((await blocker.answer(1)).body, 'answered')
  assert.equal(says(await idle.answer(1)), 'close')
})

test('an answer that a slow client still reads is not cut by the linger', async (t) => {
  const big = 'x'.repeat(20 * 1024 * 1024)
  const service = await serve(t, (_request, response) => void response.end(big))
  const client = await connect(t, service.port)
  client.socket.pause()
  client.send(get('/'))
  await service.inFlight(1)
  const idle = await connect(t, service.port)
  const drain = service.drain({ linger: 100 })
  assert.equal(await idle.closed(), 'end')
  client.socket.resume()
  assert.equal((await client.answer(1)).body.length, big.length)
  assert.equal(await client.closed(), 'end')
  await ended(drain)
})

test('an answer that a slow client still reads at the graceful timeout is cut and counted', async (t) => {
  const service = await serve(t, (_request, response) => void response.end('x'.repeat(20 * 1024 * 1024)))
  const client = await connect(t, service.port)
  client.socket.pause()
  client.send(get('/'))
  await service.inFlight(1)
  await ended(service.drain({ gracefulTimeout: 100 }))
  assert.match(service.log.join(), /1 busy connection was cut/)
})

test('with no connection open the drain is over at once', async (t) => {
  const service = await serve(t, hello)
  const client = await idleClient(t, service.port)
  client.socket.end()
  await client.closed()
  await poll(() => service.connections.sockets.size === 0, { what: 'the server has seen the end' })
  let over = false
  const drain = service.drain()
  void drain.ended.then(() => {
    over = true
  })
  await turn()
  assert.ok(over)
})

test('hurry cuts everything', async (t) => {
  const { handler } = holding()
  const service = await serve(t, handler)
  const busy = await connect(t, service.port)
  const idle = await connect(t, service.port)
  busy.send(get('/'))
  await service.inFlight(1)
  const drain = service.drain()
  drain.hurry()
  await ended(drain)
  await busy.closed()
  await idle.closed()
  assert.equal(busy.received(), '')
})

test('a further order brings the end nearer and never puts it off', async (t) => {
  const { handler } = holding()
  const service = await serve(t, handler)
  const busy = await connect(t, service.port)
  busy.send(get('/'))
  await service.inFlight(1)
  const idle = await connect(t, service.port)
  const drain = service.drain()
  const latest = drain.deadline()
  drain.tighten({ last: true, held: false, gracefulTimeout: 600_000, linger: 600_000 })
  assert.equal(drain.deadline(), latest)
  drain.tighten({ last: false, held: false, gracefulTimeout: 60_000, linger: 100 })
  assert.equal(await idle.closed(), 'end')
  drain.tighten({ last: false, held: false, gracefulTimeout: 10, linger: 100 })
  await ended(drain)
  assert.ok(drain.deadline() < latest)
})

test('pipelined requests whose client goes away are forgotten', async (t) => {
  const { handler } = holding()
  const service = await serve(t, handler)
  const client = await connect(t, service.port)
  client.send(pipelined.map((path) => get(path)).join(''))
  await service.inFlight(5)
  client.socket.resetAndDestroy()
  await poll(() => service.connections.sockets.size === 0, { what: 'the connection is over' })
  service.connections.prune()
  assert.equal(service.connections.inFlight.size, 0)
  assert.equal(service.connections.answered, 5)
})
