import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { NworkersError } from '../../src/errors.js'
import { type BoundAddress, bindAddress } from '../../src/sockets/bind.js'

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nworkers-'))
  path = join(folder, 'app.sock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const bind = (at = path) => bindAddress({ kind: 'unix', path: at }, { wait: async () => {} })

async function refused(at: string, code: string, says: RegExp): Promise<void> {
  await assert.rejects(bind(at), (error: unknown) => {
    assert.ok(error instanceof NworkersError, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, says)
    return true
  })
}

/** A process that listens on a copy of the socket, answers each connection, and closes its copy when told. */
const childSource = `
  const server = require('node:net').createServer((socket) => socket.end('hello'))
  server.listen({ fd: 4 }, () => process.send('listening'))
  process.on('message', () => server.close(() => process.send('closed', () => process.exit())))
`

async function listenInChild(bound: BoundAddress) {
  const child = spawn(process.execPath, ['-e', childSource], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', bound.fd],
  })
  assert.deepEqual(await once(child, 'message').then(([message]) => message), 'listening')
  return {
    async closeCopy() {
      child.send('close')
      await once(child, 'message')
      await once(child, 'exit')
    },
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function answer(at: string): Promise<string> {
  const socket = connect(at)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

test('the path and its lock are there while the socket is bound and gone after remove', async () => {
  const bound = await bind()
  assert.equal(bound.url, `unix:${path}`)
  assert.ok(statSync(path).isSocket())
  assert.ok(existsSync(`${path}.lock`))
  bound.close()
  assert.ok(existsSync(path), 'closing keeps the path')
  bound.remove()
  assert.ok(!existsSync(path))
  assert.ok(!existsSync(`${path}.lock`))
})

test('workers serve on after the arbiter has closed its copy, and a worker that closes its copy keeps the path', async () => {
  const bound = await bind()
  const first = await listenInChild(bound)
  const second = await listenInChild(bound)
  bound.close()
  assert.equal(await answer(path), 'hello')
  await first.closeCopy()
  assert.ok(existsSync(path))
  assert.equal(await answer(path), 'hello')
  await second.kill()
  assert.ok(existsSync(path))
  bound.remove()
  assert.ok(!existsSync(path))
})

test('a path that leads to another socket by now is left alone', async () => {
  const bound = await bind()
  rmSync(path)
  const other = createServer().listen(path)
  await once(other, 'listening')
  try {
    bound.close()
    bound.remove()
    assert.ok(statSync(path).isSocket())
    const client = connect(path)
    await once(client, 'connect')
    client.destroy()
  } finally {
    other.close()
  }
})

test('a socket that was bound and does not listen yet is in use, and its holder is named', async () => {
  const bound = await bind()
  try {
    const peer = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { bindAddress } from '${new URL('../../src/sockets/bind.js', import.meta.url)}'
         await bindAddress({ kind: 'unix', path: process.argv[1] }, { wait: async () => {} }).catch((error) => console.log(error.message))
         process.exit()`,
        path,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const [text] = await once(peer.stdout.setEncoding('utf8'), 'data')
    await once(peer, 'exit')
    assert.match(text, new RegExp(`already in use by process ${process.pid}\\.`))
    assert.ok(statSync(path).isSocket())
  } finally {
    bound.close()
    bound.remove()
  }
})

test('a stale socket and the lock of a dead process are replaced', async () => {
  const owner = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { bindAddress } from '${new URL('../../src/sockets/bind.js', import.meta.url)}'
     await bindAddress({ kind: 'unix', path: process.argv[1] })
     process.kill(process.pid, 'SIGKILL')`,
    path,
  ])
  await once(owner, 'exit')
  assert.ok(statSync(path).isSocket())
  assert.ok(existsSync(`${path}.lock`))
  const bound = await bind()
  const worker = await listenInChild(bound)
  assert.equal(await answer(path), 'hello')
  await worker.closeCopy()
  bound.close()
  bound.remove()
})

test('a socket that another program serves is in use', async () => {
  const other = createServer().listen(path)
  await once(other, 'listening')
  try {
    await refused(path, 'NWORKERS_E_ADDRESS_IN_USE', /is already in use/)
    assert.ok(!existsSync(`${path}.lock`), 'the lock is given back')
    assert.ok(statSync(path).isSocket())
  } finally {
    other.close()
  }
})

test('a file that is not a socket is kept', async () => {
  writeFileSync(path, 'precious')
  await refused(path, 'NWORKERS_E_ADDRESS', /something that is not a socket is there; remove it\./)
  assert.ok(existsSync(path))
  assert.ok(!existsSync(`${path}.lock`))
})

test('a path that is too long or whose folder is missing is refused', async () => {
  const long = join(folder, 'x'.repeat(110))
  await refused(
    long,
    'NWORKERS_E_ADDRESS',
    /the path has \d+ bytes, and a unix socket's path at most 10[37]\./,
  )
  await refused(join(folder, 'no', 'a.sock'), 'NWORKERS_E_ADDRESS', /there is no folder .*\/no\./)
})
