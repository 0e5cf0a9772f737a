import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import net from 'node:net'
import { test } from 'node:test'
import { projectFolder } from './harness/application.js'
import { identify } from './harness/request.js'
import { runServer, serverNode, startServer } from './harness/server.js'

async function occupyPort(): Promise<{ port: number; release(): Promise<void> }> {
  const holder = net.createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as net.AddressInfo
  return {
    port,
    release: async () => {
      holder.close()
      await once(holder, 'close')
    },
  }
}

function occurrences(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length
}

test('a port in use ends in one sentence that names the address, after bounded tries', async (t) => {
  const { port, release } = await occupyPort()
  t.after(release)
  const { code, log } = await runServer(t, { args: ['-w', '4', '-b', `127.0.0.1:${port}`] })
  assert.equal(code, 1)
  const sentence = new RegExp(`Address \\S*127\\.0\\.0\\.1:${port} is already in use.*--bind`, 'g')
  assert.equal(occurrences(log, sentence), 1)
  assert.doesNotMatch(log, /^\s+at /m)
})

test('a port that becomes free while it tries is taken', async (t) => {
  const { port, release } = await occupyPort()
  const server = await startServer(t, { args: ['-b', `127.0.0.1:${port}`], waitForReady: false })
  await server.waitForLog(new RegExp(`127\\.0\\.0\\.1:${port}`))
  await release()
  await server.waitForLog(/Ready: generation 1, 1 workers?\b/)
  assert.equal((await identify(server)).slot, '0')
})

test('the port of another arbiter is in use like any other, and that one goes on', async (t) => {
  const first = await startServer(t, { args: ['-w', '2'] })
  const { code, log } = await runServer(t, { args: ['-w', '2', '-b', `127.0.0.1:${first.port}`] })
  assert.equal(code, 1)
  assert.match(log, new RegExp(`Address \\S*127\\.0\\.0\\.1:${first.port} is already in use`))
  assert.equal((await identify(first)).generation, '1')
})

test('an address this machine does not have is one sentence and exit code 1', async (t) => {
  const { code, log } = await runServer(t, { args: ['-b', '192.0.2.1:0'] })
  assert.equal(code, 1)
  assert.match(log, /Cannot listen at \S*192\.0\.2\.1/)
  assert.doesNotMatch(log, /^\s+at /m)
})

test('a privileged port is refused with a sentence that names it', {
  skip: unprivileged().reason,
}, async (t) => {
  const { code, log } = await runServer(t, {
    args: ['-b', '127.0.0.1:81'],
    prefix: unprivileged().prefix,
  })
  assert.equal(code, 1)
  assert.match(log, /127\.0\.0\.1:81/)
  assert.match(log, /need root/)
  assert.doesNotMatch(log, /^\s+at /m)
})

/** How to run a command that may not bind port 81, or the reason why that cannot be done here. */
function unprivileged(): { prefix: string[]; reason: string | false } {
  const limit = '/proc/sys/net/ipv4/ip_unprivileged_port_start'
  if (!existsSync(limit)) return { prefix: [], reason: 'this system has no privileged ports to test' }
  if (Number(readFileSync(limit, 'utf8')) <= 81)
    return { prefix: [], reason: 'port 81 is not privileged here' }
  if (process.getuid?.() !== 0) return { prefix: [], reason: false }
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((file) => existsSync(file))
  if (!setpriv) return { prefix: [], reason: 'run by root and there is no setpriv to drop its privileges' }
  if (!isReadableByAll(projectFolder) || !isReadableByAll(serverNode))
    return { prefix: [], reason: 'run by root in a folder that others may not read' }
  return { prefix: [setpriv, '--reuid=65534', '--regid=65534', '--clear-groups'], reason: false }
}

function isReadableByAll(file: string): boolean {
  const names = file.split('/').filter(Boolean)
  const ancestry = names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
  return ancestry.every((entry) => (statSync(entry).mode & 0o005) === 0o005)
}
