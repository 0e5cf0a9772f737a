import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { lineOf } from '../process/harness/access-lines.js'
import { temporaryFolder } from '../process/harness/application.js'
import { assertNoneFailed, startLoad } from '../process/harness/load.js'
import { reload } from '../process/harness/reloads.js'
import { request, type Target } from '../process/harness/request.js'
import { type Server, startServer } from '../process/harness/server.js'
import { findCommand } from '../process/harness/unprivileged.js'
import { adapt, blocksOf } from './page.js'
import { freePort, startProxy } from './proxy.js'

const nginx = findCommand('nginx')
const skip = nginx ? false : 'there is no nginx'
const [config = '', overTcp = ''] = blocksOf('nginx.md', 'nginx')
const isRoot = process.getuid?.() === 0

/** What stands around a server in the nginx.conf of Debian, as far as it matters here. */
function wholeConfig(http: string, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join('\n')
  return `${isRoot ? 'user root;' : ''}
    daemon off;
    pid ${folder}/nginx.pid;
    error_log stderr;
    events {}
    http {
      access_log off;
      ${temporary}
      ${http}
    }`
}

/** nworkers behind nginx, as the page has it. */
async function start(
  t: TestContext,
  kind: 'unix' | 'tcp',
): Promise<{ server: Server; front: Target; file: string }> {
  const { folder, path, deploy } = temporaryFolder(t)
  const [app, file] = [path('app.sock'), path('access.log')]
  const args = ['-w', '2', '--access-logfile', file, '--access-logformat', 'json']
  const server = await startServer(t, { args: [...args, ...(kind === 'unix' ? ['-b', `unix:${app}`] : [])] })
  const upstream = /^upstream[\s\S]*?^}/m.exec(config)?.[0] ?? ''
  const http =
    kind === 'unix'
      ? adapt(config, ['/run/app/app.sock', app])
      : adapt(config, [upstream, overTcp], ['127.0.0.1:8000', `127.0.0.1:${server.port}`])
  const front = { port: await freePort() }
  const listening = adapt(http, ['listen 80', `listen 127.0.0.1:${front.port}`])
  deploy('nginx.conf', wholeConfig(listening, folder))
  await startProxy(t, [nginx ?? '', '-e', 'stderr', '-p', folder, '-c', path('nginx.conf')], front)
  return { server, front, file }
}

for (const kind of ['unix', 'tcp'] as const) {
  // Such a request nginx does not send again on another connection, so each that is lost is seen.
  for (const method of ['POST', 'GET']) {
    test(`nginx over ${kind} with upstream keep-alive: 10 reloads under load of ${method} lose nothing`, {
      skip,
    }, async (t) => {
      const { server, front } = await start(t, kind)
      const load = startLoad(t, front, { keepAlive: 8, fresh: 4, method, duration: 10 })
      await load.answers(100)
      for (let generation = 1; generation <= 10; generation++) {
        await reload(server, generation, 1)
        await load.answers(100)
      }
      assertNoneFailed(await load.stop())
    })
  }

  test(`nginx over ${kind}: the access log tells the client and not what it claims`, { skip }, async (t) => {
    const { front, file } = await start(t, kind)
    const headers = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' }
    await request(front, '/?client', { headers, localAddress: '127.0.0.9' })
    const line = await lineOf(file, '/?client')
    assert.deepEqual([line.remote, line.scheme], ['127.0.0.9', 'http'])
    assert.ok(Number(line.queue_ms) >= 0)
  })
}
