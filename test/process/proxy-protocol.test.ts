import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import net from 'node:net'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import tls from 'node:tls'
import type { Ends } from '../../src/worker/proxy-protocol/header.js'
import { binaryHeader, localHeader, textHeader } from '../worker/proxy-protocol/bytes.js'
import { acceptQueue } from './harness/accept-queue.js'
import { accessLines } from './harness/access-lines.js'
import { projectFolder, temporaryFolder } from './harness/application.js'
import { connect, getRequest } from './harness/connection.js'
import { poll } from './harness/poll.js'
import { ended, type Server, startServer } from './harness/server.js'

const certificates = path.join(projectFolder, 'test/apps/served/certificate')

/** Serves an app that tells both ends of its connection, `secure` over TLS. */
function start(t: TestContext, args: string[] = [], secure = false): Promise<Server> {
  const { path } = temporaryFolder(t, {
    'app.mjs': `import { readFileSync } from 'node:fs'
      import http from 'node:http'
      import https from 'node:https'
      const read = (name) => readFileSync(\`${certificates}/\${name}.pem\`)
      const listener = ({ socket }, response) => {
        const { remoteAddress, remotePort, remoteFamily, localAddress, localPort } = socket
        response.end(JSON.stringify({ remoteAddress, remotePort, remoteFamily, localAddress, localPort }))
      }
      export const server = ${secure ? "https.createServer({ key: read('key'), cert: read('certificate') }, listener)" : 'http.createServer(listener)'}`,
  })
  return startServer(t, { app: path('app.mjs'), args: ['--proxy-protocol', ...args] })
}

const client: Ends = {
  family: 'IPv4',
  source: { address: '203.0.113.7', port: 51_000 },
  destination: { address: '198.51.100.1', port: 443 },
}
const client6: Ends = {
  family: 'IPv6',
  source: { address: '2001:db8::7', port: 51_000 },
  destination: { address: '2001:db8::1', port: 443 },
}
const told = ({ family, source, destination }: Ends) => ({
  remoteAddress: source.address,
  remotePort: source.port,
  remoteFamily: family,
  localAddress: destination.address,
  localPort: destination.port,
})

const withHeader = (header: Buffer, text: string) => Buffer.concat([header, Buffer.from(text)])

const bodies = (text: string): unknown[] =>
  [...text.matchAll(/^\{.*?\}(?=HTTP|$)/gm)].map(([body]) => JSON.parse(body))

for (const { what, header, is } of [
  { what: 'version 1, IPv4', header: textHeader(client), is: client },
  { what: 'version 1, IPv6', header: textHeader(client6), is: client6 },
  { what: 'version 2, IPv4', header: binaryHeader(client), is: client },
  {
    what: 'version 2, IPv6, with further parts',
    header: binaryHeader(client6, Buffer.alloc(500, 4)),
    is: client6,
  },
]) {
  test(`${what}: the app sees the client, and pipelined requests behind the header are answered`, async (t) => {
    const server = await start(t)
    const connection = await connect(t, server)
    connection.send(withHeader(header, getRequest('/').repeat(2)))
    await connection.answers(2)
    connection.send(getRequest('/', 'Connection: close\r\n'))
    assert.equal(await connection.closed, 'end')
    assert.deepEqual(bodies(connection.received()), [told(is), told(is), told(is)])
  })
}

test('a header and a request that come byte by byte', async (t) => {
  const server = await start(t)
  for (const header of [textHeader(client), binaryHeader(client)]) {
    const socket = net.connect({ port: server.port, host: '127.0.0.1', noDelay: true })
    t.after(() => socket.destroy())
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
    })
    for (const byte of Buffer.concat([header, Buffer.from(getRequest('/', 'Connection: close\r\n'))])) {
      await new Promise((resolve) => socket.write(Buffer.of(byte), resolve))
      await new Promise(setImmediate)
    }
    await once(socket, 'close')
    assert.deepEqual(bodies(text), [told(client)])
  }
})

test('a proxy that speaks for itself, and one that does not know its client, keep their own address', async (t) => {
  const server = await start(t)
  for (const header of [localHeader(), localHeader(Buffer.alloc(20)), Buffer.from('PROXY UNKNOWN\r\n')]) {
    const connection = await connect(t, server)
    connection.send(withHeader(header, getRequest('/', 'Connection: close\r\n')))
    await connection.closed
    const [body] = bodies(connection.received()) as { remoteAddress: string; localPort: number }[]
    assert.equal(body?.remoteAddress, '127.0.0.1')
    assert.equal(body?.localPort, server.port)
  }
})

test('over TLS the header comes before the handshake', async (t) => {
  const server = await start(t, [], true)
  for (const header of [textHeader(client), binaryHeader(client6)]) {
    const raw = net.connect(server.port, '127.0.0.1')
    t.after(() => raw.destroy())
    raw.write(header)
    const socket = tls.connect({ socket: raw, rejectUnauthorized: false })
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
    })
    socket.write(getRequest('/', 'Connection: close\r\n'))
    await once(socket, 'close')
    assert.deepEqual(bodies(text), [told(header[0] === 80 ? client : client6)])
  }
})

test('with --certfile and --http2 the header comes before TLS too, and every stream has the address', async (t) => {
  const pair = ['--certfile', `${certificates}/certificate.pem`, '--keyfile', `${certificates}/key.pem`]
  const server = await start(t, [...pair, '--http2'])
  for (const ends of [client, client6]) {
    const raw = net.connect(server.port, '127.0.0.1')
    t.after(() => raw.destroy())
    raw.write(binaryHeader(ends))
    const session = http2.connect(`https://127.0.0.1:${server.port}`, {
      createConnection: () => tls.connect({ socket: raw, ALPNProtocols: ['h2'], rejectUnauthorized: false }),
    })
    t.after(() => session.destroy())
    for (let count = 0; count < 2; count++) {
      const stream = session.request({ ':path': '/' }).setEncoding('utf8')
      let body = ''
      for await (const chunk of stream) body += chunk
      assert.deepEqual(JSON.parse(body), told(ends))
    }
  }
})

test('what is no header, or a malformed one, ends the connection and is told, not more than once in a while', async (t) => {
  const server = await start(t)
  for (let count = 0; count < 20; count++) {
    const connection = await connect(t, server)
    connection.send(count % 2 === 0 ? getRequest('/') : 'PROXY TCP4 1.2.3.4\r\n')
    await connection.closed
    assert.equal(connection.received(), '')
  }
  await server.waitForLog(/PROXY: a connection from 127\.0\.0\.1 was closed: it began without a header/)
  assert.equal(server.log().split('PROXY: ').length - 1, 1)
})

test('who sends no header in time is closed, who leaves before is no matter', async (t) => {
  const server = await start(t)
  const [leaving, silent] = [await connect(t, server), await connect(t, server)]
  leaving.destroy()
  await silent.closed
  await server.waitForLog(/was closed: no header came within 5 s/)
})

test('from a peer that is not allowed a header is refused, and anything else is served', async (t) => {
  const server = await start(t, ['--proxy-allow-from', '10.0.0.0/8'])
  for (const header of [textHeader(client), binaryHeader(client)]) {
    const connection = await connect(t, server)
    connection.send(withHeader(header, getRequest('/')))
    await connection.closed
    assert.match(connection.received(), /^(HTTP\/1\.1 403 Forbidden[^{]*)?$/)
  }
  await server.waitForLog(/PROXY: a header from 127\.0\.0\.1 was refused/)
  const plain = await connect(t, server)
  plain.send('P')
  plain.send('OST / HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  await plain.closed
  const [body] = bodies(plain.received()) as { remoteAddress: string }[]
  assert.equal(body?.remoteAddress, '127.0.0.1')
})

test('over a unix socket, in the access log, and with every address', async (t) => {
  const { path } = temporaryFolder(t)
  const [socketPath, file] = [path('app.sock'), path('access.log')]
  const args = ['-b', `unix:${socketPath}`, '--access-logfile', file, '--access-logformat', 'json']
  await start(t, args)
  const connection = await connect(t, { port: 0, socketPath })
  connection.send(textHeader(client).toString() + getRequest('/', 'Connection: close\r\n'))
  await connection.closed
  assert.deepEqual(bodies(connection.received()), [told(client)])
  const [line] = await accessLines(file, 1)
  assert.equal(line?.remote, '203.0.113.7')
})

test('the second socket of a server expects headers too', async (t) => {
  const { path } = temporaryFolder(t)
  const server = await start(t, ['-b', '127.0.0.1:0', '-b', `unix:${path('app.sock')}`])
  for (const target of [server, { port: 0, socketPath: path('app.sock') }]) {
    const connection = await connect(t, target)
    connection.send(textHeader(client).toString() + getRequest('/', 'Connection: close\r\n'))
    await connection.closed
    assert.deepEqual(bodies(connection.received()), [told(client)])
  }
})

test('connections whose header has not come count for --max-connections, and a drain answers them', async (t) => {
  const server = await start(t, ['--max-connections', '4', '--drain-linger', '60'])
  const silent = await Promise.all(Array.from({ length: 4 }, () => connect(t, server)))
  const waiting = await connect(t, server)
  waiting.send(textHeader(client).toString() + getRequest('/'))
  for (const connection of silent) connection.send(textHeader(client).toString().slice(0, 9))
  await poll(() => [1, undefined].includes(acceptQueue(server.port)), {
    what: 'the worker is full and leaves the fifth in the queue',
  })
  assert.equal(waiting.received(), '')
  const [first] = silent
  first?.destroy()
  await waiting.answers(1)
  waiting.destroy()

  const rest = silent.slice(1)
  server.signal('SIGTERM')
  await poll(() => server.log().includes('Stopping'), {
    what: 'the stop begins',
  })
  for (const connection of rest) connection.send(textHeader(client).toString().slice(9) + getRequest('/'))
  for (const connection of rest) {
    assert.equal(await connection.closed, 'end')
    assert.match(connection.received(), /^HTTP\/1\.1 200 [\s\S]*203\.0\.113\.7/)
  }
  assert.deepEqual(await ended(server), { code: 0, signal: null })
})
