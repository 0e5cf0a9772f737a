import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from './harness/application.js'
import { connect, getRequest } from './harness/connection.js'
import { type RequestFailure, request } from './harness/request.js'
import { startServer } from './harness/server.js'

/** Paths that take too long, each in its own way; `late` is what the handler does when it comes back. */
const source = `
const late = {
  '/end': (response) => response.setHeader('x-late', '1').end('late'),
  '/headers': (response) => { response.setHeader('x-late', '1'); response.writeHead(200, { 'x-late': '2' }); response.write('late'); response.end() },
  '/begun': (response) => response.end('late'),
}
export const app = async (request, response) => {
  response.setHeader('x-pid', process.pid)
  const [path] = request.url.split('?')
  if (path === '/fast') return response.end('fast')
  if (path === '/begun') response.write('begun ')
  if (path === '/never') return
  await new Promise((resolve) => setTimeout(resolve, 900))
  if (path === '/throw') throw new Error('thrown too late')
  late[path](response)
  process.stderr.write('late ' + path + '\\n')
}
`

test('--request-deadline: 504 when nothing was sent, a cut when an answer had begun, and the worker lives', async (t) => {
  const { path } = temporaryFolder(t, { 'app.mjs': source })
  const server = await startServer(t, {
    app: path('app.mjs'),
    args: ['-w', '1', '--request-deadline', '500ms'],
  })
  const [worker] = server.workers()

  const never = request(server, '/never?model=big', { method: 'POST', body: 'x' })
  const begun = request(server, '/begun').catch((failure: RequestFailure) => failure.kind)
  const late = ['/end', '/headers'].map((where) => request(server, where))
  for (const answer of [await never, ...(await Promise.all(late))]) {
    assert.equal(answer.status, 504)
    assert.equal(answer.headers['x-late'], undefined)
  }
  assert.match(String(await begun), /^body ECONNRESET/)
  await server.waitForLog(/POST \/never\?model=big was not answered within 0\.5 s/)
  await server.waitForLog(/GET \/begun was not answered within 0\.5 s/)
  for (const where of ['/end', '/headers', '/begun']) await server.waitForLog(new RegExp(`late ${where}`))

  const answer = await request(server, '/fast')
  assert.deepEqual([answer.status, answer.body, answer.pid], [200, 'fast', worker?.pid])
})

test('--request-deadline: a connection that was answered 504 serves the next request', async (t) => {
  const { path } = temporaryFolder(t, { 'app.mjs': source })
  const server = await startServer(t, {
    app: path('app.mjs'),
    args: ['-w', '1', '--request-deadline', '300ms'],
  })
  const connection = await connect(t, server)
  connection.send(getRequest('/end'))
  assert.match(await connection.answers(1), /^HTTP\/1\.1 504 /)
  await server.waitForLog(/late \/end/)
  connection.send(getRequest('/fast'))
  const next = (await connection.answers(2)).split('HTTP/1.1 ')[2] ?? ''
  assert.match(next, /^200 OK/)
  assert.match(next, /fast$/)
})

test('--request-deadline: a handler that throws after its 504 does not end the worker', async (t) => {
  const { path } = temporaryFolder(t, { 'app.mjs': source })
  const server = await startServer(t, {
    app: path('app.mjs'),
    args: ['-w', '1', '--request-deadline', '300ms'],
  })
  const [worker] = server.workers()
  assert.equal((await request(server, '/throw')).status, 504)
  await server.waitForLog(/thrown too late/)
  assert.equal((await request(server, '/fast')).pid, worker?.pid)
})

test('without --request-deadline a slow request takes the time it takes', async (t) => {
  const { path } = temporaryFolder(t, { 'app.mjs': source })
  const server = await startServer(t, { app: path('app.mjs'), args: ['-w', '1'] })
  assert.equal((await request(server, '/end')).body, 'late')
})
