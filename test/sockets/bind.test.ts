import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { test } from 'node:test'
import { NworkersError } from '../../src/errors.js'
import { bindAddress } from '../../src/sockets/bind.js'

const noWait = async () => {}

async function listening(host: string): Promise<{ port: number; close: () => void }> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close() }
}

test('port 0 becomes a real port, and nobody is accepted before a worker listens', async () => {
  const bound = await bindAddress({ kind: 'tcp', host: '127.0.0.1', port: 0 })
  try {
    assert.ok(bound.fd > 2)
    assert.equal(bound.address.kind, 'tcp')
    const port = bound.address.kind === 'tcp' ? bound.address.port : 0
    assert.ok(port > 0)
    assert.equal(bound.url, `http://127.0.0.1:${port}`)
    const [error] = await once(connect(port, '127.0.0.1'), 'error')
    assert.equal(error.code, 'ECONNREFUSED')
  } finally {
    bound.close()
    bound.close()
    bound.remove()
  }
})

test('a name is resolved, and the address that was bound is named', async () => {
  const bound = await bindAddress({ kind: 'tcp', host: 'localhost', port: 0 })
  bound.close()
  assert.match(bound.url, /^http:\/\/(127\.0\.0\.1|\[::1\]):[1-9]\d*$/)
})

test('IPv6 keeps its brackets', async () => {
  const bound = await bindAddress({ kind: 'tcp', host: '::1', port: 0 })
  bound.close()
  assert.match(bound.url, /^http:\/\/\[::1\]:[1-9]\d*$/)
})

test('an address in use is tried five times, a second apart, and then its holder is named', async () => {
  const other = await listening('127.0.0.1')
  const waits: number[] = []
  const texts: string[] = []
  try {
    await assert.rejects(
      bindAddress(
        { kind: 'tcp', host: '127.0.0.1', port: other.port },
        { onBusy: (text) => texts.push(text), wait: async (milliseconds) => waits.push(milliseconds) },
      ),
      (error: unknown) => {
        assert.ok(error instanceof NworkersError)
        assert.equal(error.code, 'NWORKERS_E_ADDRESS_IN_USE')
        assert.equal(error.exitCode, 1)
        assert.ok(error.message.includes(`http://127.0.0.1:${other.port} is already in use`), error.message)
        if (process.platform === 'linux')
          assert.ok(error.message.includes(`process ${process.pid}`), error.message)
        return true
      },
    )
    assert.deepEqual(waits, [1000, 1000, 1000, 1000])
    assert.equal(texts.length, 4)
    assert.match(texts[0] ?? '', /try 1 of 5/)
  } finally {
    other.close()
  }
})

test('an address that becomes free while it is waited for is bound', async () => {
  const other = await listening('127.0.0.1')
  const bound = await bindAddress(
    { kind: 'tcp', host: '127.0.0.1', port: other.port },
    { wait: async () => other.close() },
  )
  bound.close()
  assert.equal(bound.url, `http://127.0.0.1:${other.port}`)
})

test('what the wait throws ends the attempt', async () => {
  const other = await listening('127.0.0.1')
  const wait = async () => {
    throw new Error('stopped')
  }
  try {
    await assert.rejects(
      bindAddress({ kind: 'tcp', host: '127.0.0.1', port: other.port }, { wait }),
      /stopped/,
    )
  } finally {
    other.close()
  }
})

const refusals = [
  {
    host: '192.0.2.1',
    says: /Cannot listen at http:\/\/192\.0\.2\.1:0: 192\.0\.2\.1 is not an address of this machine\./,
  },
  { host: 'no-such-host.invalid', says: /the name no-such-host\.invalid can't be resolved \(E[A-Z_]+\)\./ },
]
for (const { host, says } of refusals) {
  test(`${host} is refused with a sentence`, async () => {
    await assert.rejects(bindAddress({ kind: 'tcp', host, port: 0 }, { wait: noWait }), (error: unknown) => {
      assert.ok(error instanceof NworkersError)
      assert.equal(error.code, 'NWORKERS_E_ADDRESS')
      assert.match(error.message, says)
      return true
    })
  })
}
