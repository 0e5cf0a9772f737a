import assert from 'node:assert/strict'
import { type EventEmitter, once } from 'node:events'
import http from 'node:http'
import { before, describe, type TestContext, test } from 'node:test'
import { poll, within } from '../process/harness/poll.js'
import { ended, type Server } from '../process/harness/server.js'
import { catalogue } from './catalogue.js'
import { clientPackage } from './client.js'
import { deploy } from './deployment.js'
import { installApps } from './installation.js'

interface WebSocket extends EventEmitter {
  send(text: string): void
  terminate(): void
}
interface SocketIo {
  on(event: string, listener: (detail: unknown) => void): void
  emit(event: string, detail: unknown): void
  close(): void
}

before(installApps, { timeout: 500_000 })

/** The app of the catalogue with this specifier, served. */
async function served(t: TestContext, specifier: string, args: string[] = []): Promise<Server> {
  const app = catalogue.find((candidate) => candidate.app === specifier)
  assert.ok(app)
  return (await deploy(t, app, args)).server
}

describe('connections that never end by themselves', { concurrency: 2 }, () => {
  const sockets = [
    ['ws.js', '/'],
    ['fastify-websocket.js', '/socket'],
  ] as const
  for (const [app, path] of sockets) {
    test(`${app}: a socket works on during a reload, is told to go away, and the next one is with a new worker`, async (t) => {
      const server = await served(t, app)
      const open = async () => {
        const { WebSocket } = clientPackage<{ WebSocket: new (url: string) => WebSocket }>('ws')
        const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`)
        t.after(() => socket.terminate())
        await within(once(socket, 'open'), { what: 'the socket opens' })
        return socket
      }
      const ask = async (socket: WebSocket) => {
        socket.send('hello')
        const [answer] = await within(once(socket, 'message'), { what: 'the socket answers' })
        return Number(/^hello from (\d+)$/.exec(String(answer))?.[1])
      }
      const before = server.workers().map(({ pid }) => pid)
      const socket = await open()
      assert.ok(before.includes(await ask(socket)))
      const closed = once(socket, 'close')
      server.signal('SIGHUP')
      const [code] = await within(closed, { what: 'the socket is told' })
      assert.equal(code, 1001)
      await server.waitForLog(/Ready: generation 2, 2 workers/)
      assert.ok(!before.includes(await ask(await open())))
      server.signal('SIGTERM')
      assert.equal((await ended(server)).code, 0)
    })
  }

  test('Socket.IO: a client comes back to a new worker by itself', async (t) => {
    const server = await served(t, 'socket.io.js')
    const { io } = clientPackage<{ io: (url: string, options: object) => SocketIo }>('socket.io-client')
    const socket = io(`http://127.0.0.1:${server.port}`, { transports: ['websocket'] })
    t.after(() => socket.close())
    const answers: number[] = []
    socket.on('message', (text) => answers.push(Number(/(\d+)$/.exec(String(text))?.[1])))
    const before = server.workers().map(({ pid }) => pid)
    // As clients do, it asks again: what was sent to a socket that is closing is lost.
    const asking = setInterval(() => socket.emit('message', 'hello'), 50)
    t.after(() => clearInterval(asking))
    await poll(() => answers.length > 0, { what: 'it is answered' })
    assert.ok(before.includes(answers[0] ?? 0))
    server.signal('SIGHUP')
    socket.on('disconnect', (reason) => {
      // The server's word that the client should not come back by itself; one that wants to stay does.
      if (reason === 'io server disconnect') (socket as unknown as { connect(): void }).connect()
    })
    await poll(() => answers.some((pid) => !before.includes(pid)), { what: 'a new worker answers' })
  })

  test('server-sent events: the stream is whole until the drain hook ends it', async (t) => {
    const server = await served(t, 'events.js:app')
    const request = http.get({ port: server.port, host: '127.0.0.1', path: '/events', agent: false })
    t.after(() => request.destroy())
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    await poll(() => text.split('\n\n').length > 3, { what: 'events come' })
    server.signal('SIGTERM')
    await within(once(response, 'end'), { what: 'the stream ends in order' })
    assert.match(text, /^(data: \d+\n\n)+event: bye\ndata: bye\n\n$/)
    assert.equal((await ended(server)).code, 0)
  })

  test('a socket whose app has no drain hook is cut at the graceful timeout, and nothing hangs', async (t) => {
    const app = catalogue.find((candidate) => candidate.app === 'ws.js')
    assert.ok(app)
    const { server } = await deploy(t, { ...app, app: 'ws-without-hook.js' }, ['--graceful-timeout', '2'])
    const { WebSocket } = clientPackage<{ WebSocket: new (url: string) => WebSocket }>('ws')
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}`)
    t.after(() => socket.terminate())
    await once(socket, 'open')
    const closed = once(socket, 'close')
    server.signal('SIGTERM')
    const [code] = await within(closed, { what: 'the socket is cut' })
    assert.equal(code, 1006)
    assert.equal((await ended(server)).code, 0)
  })
})
