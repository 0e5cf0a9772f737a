import assert from 'node:assert/strict'
import path from 'node:path'
import { before, describe, test } from 'node:test'
import { endOf, openSession } from '../process/harness/http2-client.js'
import type { Identity } from '../process/harness/request.js'
import { startServer } from '../process/harness/server.js'
import { catalogue } from './catalogue.js'
import { certificates, commandOf } from './deployment.js'
import { installApps } from './installation.js'

before(installApps, { timeout: 500_000 })

/** Those that have no TLS or HTTP/2 of their own. */
const apps = catalogue.filter(({ secure }) => !secure)

describe('--http2 serves it by HTTP/2, each request and each body', { concurrency: 2 }, () => {
  const args = [
    ...['--certfile', path.join(certificates, 'certificate.pem')],
    ...['--keyfile', path.join(certificates, 'key.pem'), '--http2', '--drain-linger', '1'],
  ]
  for (const app of apps) {
    test(`${app.title} (${app.app})`, async (t) => {
      const command = commandOf(app)
      const server = await startServer(t, { ...command, args: [...command.args, ...args], deadline: 60_000 })
      const { ask, session } = await openSession(t, server)
      const answers = await Promise.all(['a', 'b', 'c'].map((id) => ask(`${app.path ?? '/'}?id=${id}`)))
      const ids = answers.map(({ body }) => (JSON.parse(body) as Identity).id)
      assert.deepEqual(ids, ['a', 'b', 'c'])
      if (app.echo === false) return
      const body = JSON.stringify({ text: 'word '.repeat(20_000) })
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const stream = session.request({ ':path': '/echo', ':method': 'POST', ...headers })
      stream.end(body)
      assert.equal((await endOf(stream)).body, body)
    })
  }
})
