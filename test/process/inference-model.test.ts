import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { copyFileSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { writeModel } from '../../examples/inference-app/src/onnx/write-model.js'
import { modelFolder, slow } from '../inference/models.js'
import { projectFolder, temporaryFolder } from './harness/application.js'
import { play } from './harness/client.js'
import { ask, startControlled } from './harness/control.js'
import { startServer } from './harness/server.js'

const digits = path.join(projectFolder, 'examples/inference-app/models/digits.onnx')
const app = 'examples/inference-app:app'

/** A model in a folder of its own, and what puts other bytes in its place at once. */
function deployedModel(t: TestContext) {
  const { path: inFolder } = temporaryFolder(t)
  const file = inFolder('digits.onnx')
  copyFileSync(digits, file)
  return {
    file,
    replace(bytes: Buffer) {
      writeFileSync(`${file}.new`, bytes)
      renameSync(`${file}.new`, file)
    },
  }
}

/** Two workers of the app with this model. */
function serving(file: string) {
  return { app, args: ['-w', '2', '-e', `MODEL=${file}`], deadline: 60_000 }
}

/** Every request was answered, and rightly. */
async function endsWell(playing: ReturnType<typeof play>): Promise<void> {
  const { errors, accuracy } = await playing
  assert.deepEqual(errors, {})
  assert.ok(accuracy >= 0.97, `${accuracy}`)
}

async function servedHash(url: string): Promise<string | null> {
  const response = await fetch(`${url}/health`, { headers: { connection: 'close' } })
  await response.arrayBuffer()
  return response.headers.get('x-model-hash')
}

function hashOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

test('HUP brings a new model in, and nothing is lost', async (t) => {
  const model = deployedModel(t)
  const server = await startServer(t, serving(model.file))
  const old = readFileSync(model.file)
  assert.equal(await servedHash(server.url), hashOf(old))
  const playing = play(server, 8)
  // The same weights; a field that readers skip makes another file of it.
  const next = Buffer.concat([old, Buffer.from([0x32, 1, 0x2b])])
  model.replace(next)
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation 2, 2 workers/, { deadline: 60_000 })
  await endsWell(playing)
  assert.equal(await servedHash(server.url), hashOf(next))
})

test('a corrupt model is given up with the loader’s message, and nothing is lost', async (t) => {
  const model = deployedModel(t)
  const server = await startServer(t, serving(model.file))
  const old = readFileSync(model.file)
  const playing = play(server, 8)
  model.replace(old.subarray(0, old.length / 2))
  server.signal('SIGHUP')
  await server.waitForLog(/Reload: generation 2 failed: /, { deadline: 60_000 })
  assert.match(server.log(), /The model .*digits\.onnx can't be loaded: .*[Pp]rotobuf/)
  await endsWell(playing)
  assert.equal(await servedHash(server.url), hashOf(old))

  model.replace(old)
  const mark = server.mark()
  server.signal('SIGHUP')
  await server.waitForLog(/Ready: generation \d+, 2 workers/, { after: mark, deadline: 60_000 })
})

test('nworkersctl reload --wait tells what the loader said, and /metrics adds up what the workers computed', async (t) => {
  const model = deployedModel(t)
  const { server, control } = await startControlled(t, serving(model.file))
  const old = readFileSync(model.file)
  model.replace(Buffer.from('no model'))
  const refused = await control.ctl('reload', '--wait')
  assert.equal(refused.code, 1, refused.stdout + refused.stderr)
  assert.match(refused.stdout + refused.stderr, /can't be loaded: /)
  model.replace(old)
  const done = await control.ctl('reload', '--wait')
  assert.equal(done.code, 0, done.stdout + done.stderr)

  const { requests, errors } = await play(server, 2)
  assert.deepEqual(errors, {})
  const { body } = await ask(control.socketPath, 'GET', '/v1/metrics')
  assert.equal(Number(/^inference_compute_seconds_count (\d+)$/m.exec(body)?.[1]), requests)
})

test('workers share the pages of weights in a file of their own', async (t) => {
  const { folder, path: inFolder } = temporaryFolder(t)
  await writeModel(inFolder('slow.onnx'), slow, true)
  const weights = readdirSync(folder).find((name) => name.endsWith('.data'))
  assert.ok(weights)
  const server = await startServer(t, serving(inFolder('slow.onnx')))
  const { size } = statSync(inFolder(weights))
  for (const { pid } of server.workers()) {
    const { resident, proportional } = mapped(pid, weights)
    t.diagnostic(`${size} bytes of weights: ${resident} resident, ${proportional} its share`)
    assert.ok(resident > size * 0.9, `${resident} of ${size} bytes are mapped`)
    assert.ok(proportional < resident * 0.6, `${proportional} of ${resident} bytes are its own`)
  }
})

/** Bytes of a file that a process has in memory, and its share of them: two that share a page have half of it each. */
function mapped(pid: number, name: string): { resident: number; proportional: number } {
  const blocks = readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
  const ofFile = blocks.filter((block) => block.split('\n', 1)[0]?.endsWith(name))
  const sum = (pattern: RegExp) =>
    ofFile.reduce((total, block) => total + Number(pattern.exec(block)?.[1]) * 1024, 0)
  return { resident: sum(/^Rss: +(\d+) kB$/m), proportional: sum(/^Pss: +(\d+) kB$/m) }
}

test('under overload every request gets 200, 503 or 504, and the workers live', async (t) => {
  const models = modelFolder()
  t.after(() => models.remove())
  const server = await startServer(t, {
    app,
    args: ['-w', '2', '-e', `MODEL=${models.write('slow.onnx', slow)}`, '-e', 'QUEUE_MAX=3'],
    deadline: 60_000,
  })
  const before = server.workers()
  const rows = 64
  const x = { name: 'x', datatype: 'FP32', shape: [rows, 1], data: new Array(rows).fill(1) }
  const body = JSON.stringify({ inputs: [x] })
  const statuses: Record<number, number> = {}
  const ask = async (deadline: string) => {
    const headers = { 'content-type': 'application/json', 'x-deadline-ms': deadline }
    const response = await fetch(`${server.url}/v2/models/slow/infer`, { method: 'POST', headers, body })
    await response.arrayBuffer()
    statuses[response.status] = (statuses[response.status] ?? 0) + 1
  }
  // Connections are spread over both workers first; then all of them ask at once, with little time and with enough.
  await Promise.all(
    Array.from({ length: 40 }, () => fetch(`${server.url}/health`).then((answer) => answer.text())),
  )
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 40 }, (_, index) => ask(index % 2 === 0 ? '1' : '60000')))
  }
  assert.deepEqual(Object.keys(statuses), ['200', '503', '504'])
  assert.equal(
    Object.values(statuses).reduce((sum, count) => sum + count, 0),
    120,
  )
  assert.deepEqual(server.workers(), before)
})

test('the client counts what an overloaded server refuses', async (t) => {
  const server = await startServer(t, {
    app,
    args: ['-w', '1', '-e', 'QUEUE_MAX=0'],
    deadline: 60_000,
  })
  const { errors, requests, workers } = await play(server, 2, '--closed', '--concurrency', '32')
  assert.deepEqual(Object.keys(errors), ['HTTP 503'])
  const answered = workers.reduce((sum, { requests }) => sum + requests, 0)
  assert.equal(answered + (errors['HTTP 503'] ?? 0), requests)
  assert.ok(answered > 0)
})

test('the client counts what the server gives up because its deadline has passed', async (t) => {
  const server = await startServer(t, { app, args: ['-w', '1'], deadline: 60_000 })
  const crowd = ['--closed', '--concurrency', '32', '--batch', '100']
  const { errors, requests, workers } = await play(server, 2, ...crowd, '--deadline', '5')
  assert.deepEqual(Object.keys(errors), ['HTTP 504'])
  const answered = workers.reduce((sum, { requests }) => sum + requests, 0)
  assert.equal(answered + (errors['HTTP 504'] ?? 0), requests)
  // The same crowd with time enough.
  const patient = await play(server, 2, ...crowd, '--deadline', '60000')
  assert.deepEqual(patient.errors, {})
})
