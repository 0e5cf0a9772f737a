import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findHolder } from '../../src/sockets/holder.js'

const options = { skip: process.platform === 'linux' ? false : 'needs /proc' }

for (const [held, wanted] of [
  ['127.0.0.1', '127.0.0.1'],
  ['127.0.0.1', '0.0.0.0'],
  ['0.0.0.0', '127.0.0.1'],
  ['::1', '::1'],
  ['::', '127.0.0.1'],
] as const) {
  test(`the holder of ${held} is found for ${wanted}`, options, async () => {
    const server = createServer().listen(0, held)
    await once(server, 'listening')
    try {
      const { port } = server.address() as AddressInfo
      const holder = await findHolder({ kind: 'tcp', host: wanted, port })
      assert.equal(holder?.pid, process.pid)
      assert.notEqual(holder?.name, '')
    } finally {
      server.close()
    }
  })
}

test('another address or a free port has no holder', options, async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  assert.equal(await findHolder({ kind: 'tcp', host: '127.0.0.2', port }), undefined)
  server.close()
  await once(server, 'close')
  assert.equal(await findHolder({ kind: 'tcp', host: '127.0.0.1', port }), undefined)
})

test('the holder of a unix socket is found', options, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nworkers-'))
  const path = join(folder, 'with space.sock')
  const server = createServer().listen(path)
  await once(server, 'listening')
  try {
    assert.equal((await findHolder({ kind: 'unix', path }))?.pid, process.pid)
  } finally {
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
