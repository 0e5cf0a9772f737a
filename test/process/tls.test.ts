import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import type tls from 'node:tls'
import { probeApp, temporaryFolder } from './harness/application.js'
import { type Certificate, encryptKey, makeCertificate, makeExpired } from './harness/certificates.js'
import { shakeHands } from './harness/handshake.js'
import { poll } from './harness/poll.js'
import { identify } from './harness/request.js'
import { runServer, startServer } from './harness/server.js'
import { asUser, cannotBecomeUsers } from './harness/unprivileged.js'

const flags = ({ certfile, keyfile }: Certificate) => ['--certfile', certfile, '--keyfile', keyfile]

/** Puts a certificate where another one is, as a renewal does. */
function replace(old: Certificate, renewed: Partial<Certificate>): void {
  for (const name of ['certfile', 'keyfile'] as const) {
    const file = renewed[name]
    if (file === undefined) continue
    copyFileSync(file, `${old[name]}.next`)
    renameSync(`${old[name]}.next`, old[name])
  }
}

test('with --certfile TLS is spoken on every socket, the log says https, and certificates are new after a HUP', async (t) => {
  const folder = temporaryFolder(t)
  const [first, second] = ['first', 'second'].map((name) => makeCertificate(folder, name)) as [
    Certificate,
    Certificate,
  ]
  const path = folder.path('app.sock')
  const args = ['-b', '127.0.0.1:0', '-b', `unix:${path}`, ...flags(first)]
  const server = await startServer(t, { args })
  assert.match(server.url, /^https:/)
  const unix = { port: 0, socketPath: path }
  for (const target of [server, unix]) {
    const { name, answer } = await shakeHands(target)
    assert.deepEqual({ name, answer }, { name: 'first', answer: 'HTTP/1.1 200 OK' })
  }
  replace(first, second)
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, /)
  const isNew = async () => (await shakeHands(server)).name === 'second'
  await poll(isNew, { what: 'the new certificate is shown' })
  await poll(() => server.workers().length === 1, { what: 'the old worker has left' })
  assert.equal((await shakeHands(unix)).name, 'second')
})

test('certificate and key may stand in one file', async (t) => {
  const folder = temporaryFolder(t)
  const { certfile, keyfile } = makeCertificate(folder, 'both')
  writeFileSync(folder.path('both'), readFileSync(keyfile, 'utf8') + readFileSync(certfile, 'utf8'))
  const server = await startServer(t, { args: ['--certfile', folder.path('both')] })
  assert.equal((await shakeHands(server)).name, 'both')
})

const own = `import https from 'node:https'
export const server = https.createServer((request, response) => response.end())`

const refusals: { what: string; args: (made: Made) => string[]; says: RegExp; app?: true }[] = [
  {
    what: 'a key of another certificate',
    args: ({ good, other }) => ['--certfile', good.certfile, '--keyfile', other.keyfile],
    says: /other\.key does not belong to the first certificate in .*good\.pem/,
  },
  {
    what: 'what is no certificate',
    args: ({ good, garbage }) => ['--certfile', garbage, '--keyfile', good.keyfile],
    says: /--certfile .*garbage holds no certificate in PEM form/,
  },
  {
    what: 'what is no key',
    args: ({ good, garbage }) => ['--certfile', good.certfile, '--keyfile', garbage],
    says: /garbage holds no private key/,
  },
  {
    what: 'no key at all',
    args: ({ good }) => ['--certfile', good.certfile],
    says: /good\.pem holds no private key in PEM form\. Give the file of the key by --keyfile/,
  },
  {
    what: 'an encrypted key',
    args: ({ good, encrypted }) => ['--certfile', good.certfile, '--keyfile', encrypted],
    says: /is encrypted, and nobody can be asked for its passphrase/,
  },
  {
    what: 'a file that does not exist',
    args: ({ good }) => ['--certfile', '/nowhere/cert.pem', '--keyfile', good.keyfile],
    says: /--certfile: \/nowhere\/cert\.pem\. Expected a file that exists/,
  },
  {
    what: 'ciphers that nobody knows',
    args: ({ good }) => [...flags(good), '--ciphers', 'CAESAR'],
    says: /--ciphers CAESAR: no cipher match/,
  },
  {
    what: 'a key without a certificate',
    args: ({ good }) => ['--keyfile', good.keyfile],
    says: /--keyfile is for TLS, which needs a certificate/,
  },
  { what: 'HTTP/2 without TLS', args: () => ['--http2'], says: /--http2 needs TLS/ },
  {
    what: 'client certificates without authorities',
    args: ({ good }) => [...flags(good), '--cert-reqs', '2'],
    says: /--cert-reqs needs --ca-certs/,
  },
  {
    what: 'authorities without client certificates',
    args: ({ good }) => [...flags(good), '--ca-certs', good.certfile],
    says: /--ca-certs has no effect while --cert-reqs is none/,
  },
  {
    what: 'an app with TLS of its own',
    args: ({ good }) => flags(good),
    says: /speaks TLS or HTTP\/2 by itself/,
    app: true,
  },
]

interface Made {
  good: Certificate
  other: Certificate
  garbage: string
  encrypted: string
  app: string
}

function makeAll(t: TestContext): Made {
  const folder = temporaryFolder(t, { garbage: 'not a PEM', 'own.mjs': own })
  const [good, other] = ['good', 'other'].map((name) => makeCertificate(folder, name)) as [
    Certificate,
    Certificate,
  ]
  const { path } = folder
  return { good, other, garbage: path('garbage'), encrypted: encryptKey(folder, good), app: path('own.mjs') }
}

test('what can not do is refused at the start with a sentence and exit code 2', {
  concurrency: 2,
}, async (t) => {
  const made = makeAll(t)
  for (const { what, args, says, app } of refusals) {
    await t.test(what, async (st) => {
      const { code, log } = await runServer(st, { args: args(made), app: app ? made.app : probeApp })
      assert.match(log, says)
      assert.equal(code, 2)
      assert.doesNotMatch(log, /^\s+at |PRIVATE KEY/m)
    })
  }
})

test('--check-config tries the certificate too', async (t) => {
  const { good, other } = makeAll(t)
  const args = ['--certfile', good.certfile, '--keyfile', other.keyfile, '--check-config']
  const { code, log } = await runServer(t, { args })
  assert.match(log, /does not belong to the first certificate/)
  assert.equal(code, 2)
})

test('a bad certificate on HUP is refused, and the old one stays until a good one comes', async (t) => {
  const folder = temporaryFolder(t)
  const [first, other] = ['first', 'other'].map((name) => makeCertificate(folder, name)) as [
    Certificate,
    Certificate,
  ]
  const server = await startServer(t, { args: flags(first) })
  const workers = server.workers()
  const refusedBy = async (says: RegExp) => {
    const after = server.mark()
    server.signal('SIGHUP')
    await server.waitForLog(says, { after })
    await server.waitForLog(/Everything stays as it is\./, { after })
    assert.equal((await shakeHands(server)).name, 'first')
  }
  replace(first, { keyfile: other.keyfile })
  await refusedBy(/Reload: The key in .* does not belong to the first certificate/)
  writeFileSync(first.certfile, 'half a certif')
  await refusedBy(/Reload: .* holds no certificate in PEM form/)

  // A worker that dies meanwhile is replaced with the certificate that was good.
  for (const { pid } of workers) process.kill(pid, 'SIGKILL')
  await poll(async () => (await shakeHands(server)).name === 'first', { what: 'the successor serves' })

  replace(first, other)
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, /)
  await poll(async () => (await shakeHands(server)).name === 'other', { what: 'the good one is shown' })
})

test('an expired certificate serves, with a warning', async (t) => {
  const server = await startServer(t, { args: flags(makeExpired(temporaryFolder(t))) })
  assert.match(server.log(), /\[WARNING\] The certificate in .* expired on Jan +1 00:00:00 2021 GMT/)
  assert.equal((await shakeHands(server)).name, 'expired')
})

test('--cert-reqs: required refuses who shows none, optional does not, and neither takes one of somebody else', async (t) => {
  const folder = temporaryFolder(t)
  const authority = makeCertificate(folder, 'authority')
  const shown = ({ certfile, keyfile }: Certificate) => ({
    cert: readFileSync(certfile),
    key: readFileSync(keyfile),
  })
  const friend = shown(makeCertificate(folder, 'friend', authority))
  const stranger = shown(makeCertificate(folder, 'stranger'))
  const args = [...flags(authority), '--ca-certs', authority.certfile, '--cert-reqs']
  for (const [level, takesNone] of [
    ['2', false],
    ['optional', true],
  ] as const) {
    const server = await startServer(t, { args: [...args, level] })
    assert.match((await shakeHands(server, friend)).answer, / 200 /)
    await assert.rejects(shakeHands(server, stranger))
    if (takesNone) assert.match((await shakeHands(server)).answer, / 200 /)
    else await assert.rejects(shakeHands(server))
  }
})

test('--ciphers: no others are spoken', async (t) => {
  const ciphers = 'ECDHE-ECDSA-AES256-GCM-SHA384:TLS_CHACHA20_POLY1305_SHA256'
  const certificate = makeCertificate(temporaryFolder(t), 'ciphers')
  const server = await startServer(t, { args: [...flags(certificate), '--ciphers', ciphers] })
  const spoken = async (options: tls.ConnectionOptions) => (await shakeHands(server, options)).cipher
  assert.equal(await spoken({ maxVersion: 'TLSv1.2' }), 'ECDHE-ECDSA-AES256-GCM-SHA384')
  assert.equal(await spoken({}), 'TLS_CHACHA20_POLY1305_SHA256')
  const other = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } as const
  await assert.rejects(spoken(other), /handshake failure/)
})

test('a key that only root may read serves under --user, also in a worker that is spawned later', {
  skip: cannotBecomeUsers(),
}, async (t) => {
  const certificate = makeCertificate(temporaryFolder(t), 'private')
  chmodSync(certificate.keyfile, 0o600)
  const server = await startServer(t, { args: [...flags(certificate), '--user', 'nobody'] })
  assert.equal((await shakeHands(server)).name, 'private')
  const [worker] = server.workers()
  if (worker) process.kill(worker.pid, 'SIGKILL')
  const isReplaced = async () => (await identify({ port: server.port, secure: true })).pid !== worker?.pid
  await poll(isReplaced, { what: 'another worker answers' })
  assert.match(readFileSync(`/proc/${server.workers()[0]?.pid}/status`, 'utf8'), /^Uid:\t(?!0\t)/m)
})

test('a key that the arbiter may not read is refused', { skip: asUser(65_534).skip }, async (t) => {
  const folder = temporaryFolder(t)
  chmodSync(folder.folder, 0o755)
  const certificate = makeCertificate(folder, 'private')
  chmodSync(certificate.keyfile, 0o600)
  const { prefix } = asUser(65_534)
  const { code, log } = await runServer(t, { args: flags(certificate), prefix })
  assert.match(log, /--keyfile .* can't be read: user 65534 may not read it/)
  assert.equal(code, 2)
})
