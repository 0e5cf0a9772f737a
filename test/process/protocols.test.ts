import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { connect, getRequest } from './harness/connection.js'
import { startServer } from './harness/server.js'

const source = `
export function app(request, response) {
  if (request.url === '/trailers') {
    response.writeHead(200, { trailer: 'x-sum' })
    response.write('body')
    response.addTrailers({ 'x-sum': '4' })
    response.end()
  } else if (request.url === '/hints') {
    response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => response.end('hinted'))
  } else response.end('plain')
}`

test('what HTTP has beside plain answers passes: HTTP/1.0, trailers, early hints; CONNECT is refused, an upgrade is not made', async (t) => {
  const { path } = temporaryFolder(t, { 'app.mjs': source })
  const server = await startServer(t, { app: path('app.mjs') })
  const exchange = async (text: string) => {
    const connection = await connect(t, server)
    connection.send(text)
    await connection.closed
    return connection.received()
  }
  const old = await exchange('GET / HTTP/1.0\r\n\r\n')
  assert.match(old, /^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close\r\n[\s\S]*plain$/)
  const close = 'Connection: close\r\n'
  assert.match(await exchange(getRequest('/trailers', close)), /\r\n0\r\nx-sum: 4\r\n\r\n$/)
  assert.match(
    await exchange(getRequest('/hints', close)),
    /^HTTP\/1\.1 103 Early Hints\r\nLink: <\/style\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*hinted/,
  )
  assert.equal(await exchange('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'), '')
  const upgrade = await exchange(getRequest('/', `Upgrade: other\r\n${close}`))
  assert.match(upgrade, /^HTTP\/1\.1 200 OK\r\n[\s\S]*plain/)
})
