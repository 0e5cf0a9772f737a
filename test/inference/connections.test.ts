import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { type RunningServer, startServer } from './server.js'

let server: RunningServer

before(async () => {
  server = await startServer()
})
after(() => server.stop())

const blank = JSON.stringify({ image: new Array(784).fill(0), scale: 255 })

async function open(): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect', { signal: AbortSignal.timeout(10_000) })
  return socket
}

function head(...headers: string[]): string {
  return ['POST /predict HTTP/1.1', 'host: test', 'content-type: application/json', ...headers, '', ''].join(
    '\r\n',
  )
}

/** Resolves when the connection is closed, in whatever way; rejects if that takes longer than 10 s. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => reject(new Error('The connection stayed open.')), 10_000)
    socket.on('error', () => {})
    socket.once('close', () => {
      clearTimeout(deadline)
      resolve()
    })
  })
}

/** Everything the server sends until it closes the connection. */
async function readToEnd(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  await closed(socket)
  return text
}

/** The next answer on a connection that stays open. */
async function readAnswer(socket: Socket): Promise<string> {
  let text = ''
  while (!text.endsWith('}\n')) {
    const [chunk] = await once(socket, 'data', { signal: AbortSignal.timeout(10_000) })
    text += chunk
  }
  return text
}

async function assertServing(): Promise<void> {
  const response = await fetch(`${server.url}/predict`, {
    method: 'POST',
    signal: AbortSignal.timeout(10_000),
    headers: { 'content-type': 'application/json' },
    body: blank,
  })
  assert.equal(response.status, 200)
  assert.equal(((await response.json()) as { pid: number }).pid, server.pid)
  assert.equal(server.log(), '')
}

test('outlives clients that go away amid the body', async () => {
  for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
    for (const sent of ['', '{', blank.slice(0, 500)]) {
      const socket = await open()
      const gone = closed(socket)
      socket.write(head(`content-length: ${blank.length}`) + sent)
      socket.resume()
      socket[leave]()
      await gone
    }
  }
  await assertServing()
})

test('outlives clients that go away before the answer', async () => {
  for (let round = 0; round < 20; round++) {
    const socket = await open()
    socket.on('error', () => {})
    await new Promise((sent) => socket.write(head(`content-length: ${blank.length}`) + blank, sent))
    socket.resetAndDestroy()
  }
  await assertServing()
})

test('keeps the connection after a refused body', async () => {
  const socket = await open()
  for (const body of ['{}', 'nonsense', '{"image":[1]}']) {
    socket.write(head(`content-length: ${body.length}`) + body)
    assert.match(await readAnswer(socket), /^HTTP\/1\.1 400 .*connection: keep-alive/is)
  }
  socket.write(head(`content-length: ${blank.length}`) + blank)
  assert.match(await readAnswer(socket), /^HTTP\/1\.1 200 /)
  socket.destroy()
})

test('reads a body that comes in pieces', async () => {
  const socket = await open()
  socket.setNoDelay(true)
  socket.write(head('transfer-encoding: chunked'))
  for (let start = 0; start < blank.length; start += 100) {
    const piece = blank.slice(start, start + 100)
    const frame = `${piece.length.toString(16)}\r\n${piece}\r\n`
    await new Promise((sent) => socket.write(frame, sent))
  }
  socket.write('0\r\n\r\n')
  assert.match(await readAnswer(socket), /^HTTP\/1\.1 200 /)
  socket.destroy()
})

test('refuses a body announced as too large before it comes, and closes', async () => {
  const socket = await open()
  socket.write(head('content-length: 99999999'))
  const answer = await readToEnd(socket)
  assert.match(answer, /^HTTP\/1\.1 413 .*connection: close/is)
  assert.match(answer, /too large; it may have 1048576 bytes/)
  await assertServing()
})

test('lets a client send all of a body that is too large before it reads the answer', async () => {
  const body = Buffer.alloc(8 * 1024 * 1024, ' ')
  for (const headers of [[`content-length: ${body.length}`], ['transfer-encoding: chunked']]) {
    const socket = await open()
    const chunked = headers[0] === 'transfer-encoding: chunked'
    socket.write(head(...headers))
    if (chunked) socket.write(`${body.length.toString(16)}\r\n`)
    // Nothing is read until all is sent: a reset would take the answer away.
    await new Promise<void>((resolve, reject) => {
      socket.write(body, (error) => (error ? reject(error) : resolve()))
    })
    if (chunked) socket.write('\r\n0\r\n\r\n')
    assert.match(await readToEnd(socket), /^HTTP\/1\.1 413 /)
  }
  await assertServing()
})

test('closes on a client that never stops sending', async () => {
  const socket = await open()
  const piece = Buffer.alloc(64 * 1024, ' ')
  const send = () => {
    while (socket.writable && socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`));
  }
  socket.on('drain', send)
  socket.write(head('transfer-encoding: chunked'))
  send()
  assert.match(await readToEnd(socket), /^HTTP\/1\.1 413 /)
  await assertServing()
})
