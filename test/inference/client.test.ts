import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { example, startServer } from './server.js'

interface Run {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs the client to its end; `interrupt` is told the function that sends it Ctrl-C. */
async function runClient(args: string[], interrupt: (send: () => void) => void = () => {}): Promise<Run> {
  const program = fileURLToPath(new URL('dist/client/client.js', example))
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  const run: Run = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', (text) => {
    run.stdout += text
  })
  child.stderr.on('data', (text) => {
    run.stderr += text
  })
  interrupt(() => child.kill('SIGINT'))
  const [code] = await once(child, 'close')
  return { ...run, code }
}

/** Runs the client with `--json` against a server that answers predictions like this. */
async function runAgainst(predict: RequestListener, args: string[]) {
  const server = createServer((request, response) => {
    if (request.method === 'POST') predict(request, response)
    else response.end()
  })
  const connections = countConnections(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const run = await runClient(['--url', `http://127.0.0.1:${port}`, '--json', ...args])
    return { ...run, report: JSON.parse(run.stdout), connections: connections() }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

function countConnections(server: Server): () => number {
  let count = 0
  server.on('connection', () => count++)
  return () => count
}

/** Answers every image with this label. */
function always(label: number): RequestListener {
  return (request, response) => {
    request.resume()
    request.once('end', () => response.end(JSON.stringify({ predictions: [{ label }], pid: 7, slot: 1 })))
  }
}

const short = ['--rate', '100', '--seconds', '1']

test('reports a good run for people and for programs', async () => {
  const server = await startServer({ NWORKERS_WORKER_SLOT: '2' })
  try {
    const people = await runClient(['--url', server.url, '--rate', '200', '--seconds', '2'])
    assert.equal(people.code, 0, people.stdout + people.stderr + server.log())
    assert.match(people.stdout, /^\d+ requests in \d+\.\d s \(\d+\.\d\/s\), 32 connections$/m)
    assert.match(people.stdout, /^accuracy {2}(9[789]|100)\.\d\d %$/m)
    assert.match(people.stdout, /^latency {3}p50 [\d.]+ ms, p95 [\d.]+ ms, p99 [\d.]+ ms, max [\d.]+ ms$/m)
    assert.match(people.stdout, /^errors {4}none$/m)
    assert.match(people.stdout, new RegExp(`^worker {4}slot 2, pid ${server.pid}: \\d+ requests$`, 'm'))

    const program = await runClient(['--url', server.url, ...short, '--json'])
    assert.equal(program.code, 0, program.stdout + program.stderr + server.log())
    const { requests, accuracy, latency, workers, errors, ok } = JSON.parse(program.stdout)
    assert.ok(accuracy >= 0.97 && accuracy <= 1)
    assert.ok(0 < latency.p50 && latency.p50 <= latency.p95 && latency.p95 <= latency.p99)
    assert.ok(latency.p99 <= latency.max)
    assert.deepEqual(workers, [{ slot: 2, pid: server.pid, requests }])
    assert.deepEqual(errors, {})
    assert.equal(ok, true)
  } finally {
    await server.stop()
  }
})

test('sends about as many requests as it was told', async () => {
  const { report } = await runAgainst(always(0), ['--rate', '500', '--seconds', '1', '--min-accuracy', '0'])
  // Also those that a timer lets go before they are due take some time.
  assert.equal(answersIn(report), report.requests)
  // A Poisson count with mean 500 leaves this range once in millions of runs.
  assert.ok(report.requests > 380 && report.requests < 620, `${report.requests}`)
})

function answersIn(report: { histogram: { answers: number }[] }): number {
  return report.histogram.reduce((sum, { answers }) => sum + answers, 0)
}

test('keeps its connections, or opens one for every request', async () => {
  const kept = await runAgainst(always(0), [...short, '--concurrency', '5', '--min-accuracy', '0'])
  assert.equal(kept.code, 0)
  // One more asks whether the server is there.
  assert.equal(kept.connections, 5 + 1)

  const fresh = await runAgainst(always(0), [...short, '--no-keep-alive', '--min-accuracy', '0'])
  assert.equal(fresh.code, 0)
  assert.equal(fresh.connections, fresh.report.requests + 1)
})

test('fails when too few answers are right', async () => {
  const { code, report } = await runAgainst(always(3), short)
  assert.equal(code, 1)
  assert.ok(report.accuracy < 0.5)
  assert.equal(report.ok, false)
  assert.deepEqual(report.errors, {})
})

test('fails when nothing listens, and says how to start the server', async () => {
  const { code, stdout, stderr } = await runClient(['--url', 'http://127.0.0.1:1', ...short])
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(
    stderr,
    /^Nothing answers at http:\/\/127\.0\.0\.1:1 \(.+\)\. Start the server first: npm start\n$/,
  )
})

const failures: { error: string; predict: RequestListener }[] = [
  { error: 'HTTP 503', predict: (_request, response) => void response.writeHead(503).end('busy') },
  { error: 'ECONNRESET', predict: (request) => void request.socket.destroy() },
  { error: 'timeout', predict: () => {} },
  { error: 'not a prediction', predict: (_request, response) => void response.end('seven') },
  { error: 'not a prediction', predict: (_request, response) => void response.end('{"predictions":[]}') },
]

for (const { error, predict } of failures) {
  test(`counts a failure as ${error}`, async () => {
    let served = 0
    const everyFourth: RequestListener = (request, response) => {
      served++
      if (served % 4 === 0) predict(request, response)
      else always(0)(request, response)
    }
    const { code, report } = await runAgainst(everyFourth, [
      ...short,
      '--min-accuracy',
      '0',
      '--timeout',
      '3',
    ])
    assert.equal(code, 1)
    assert.deepEqual(Object.keys(report.errors), [error])
    assert.equal(report.errors[error], Math.floor(served / 4))
    assert.equal(report.workers[0].requests + report.errors[error], report.requests)
  })
}

test('counts latency from the moment a request was due', async () => {
  const delay = 20
  const slow: RequestListener = (request, response) =>
    void setTimeout(() => always(0)(request, response), delay)
  const args = ['--rate', '100', '--seconds', '1', '--concurrency', '1', '--min-accuracy', '0']
  const { report } = await runAgainst(slow, args)
  // One connection answers one request after the other; the last was due within the first second.
  const least = report.requests * delay - 1000
  assert.ok(report.latency.max >= least, `${report.latency.max} ms, at least ${least} ms`)
})

test('reports what it has when it is interrupted', async () => {
  let interrupt = () => {}
  let served = 0
  const server = createServer((request, response) => {
    if (request.method === 'POST' && ++served === 20) interrupt()
    always(0)(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const args = ['--url', `http://127.0.0.1:${port}`, '--seconds', '600', '--min-accuracy', '0', '--json']
  const { code, stdout, stderr } = await runClient(args, (send) => {
    interrupt = send
  })
  server.closeAllConnections()
  server.close()
  assert.equal(code, 0, stderr)
  assert.ok(JSON.parse(stdout).requests >= 20)
})

test('prints its options', async () => {
  const { code, stdout } = await runClient(['--help'])
  assert.equal(code, 0)
  for (const flag of [
    '--url',
    '--rate',
    '--seconds',
    '--closed',
    '--concurrency',
    '--batch',
    '--deadline',
    '--watch-workers',
    '--json',
  ]) {
    assert.ok(stdout.includes(flag), flag)
  }
})

test('in a closed loop every user sends as soon as it is answered, several digits a request', async () => {
  let most = 0
  let running = 0
  const held: RequestListener = (request, response) => {
    most = Math.max(most, ++running)
    setTimeout(() => {
      running--
      const predictions = [{ label: 1 }, { label: 2 }, { label: 3 }]
      response.end(JSON.stringify({ predictions, pid: 7, slot: 1 }))
    }, 20)
    request.resume()
  }
  const args = ['--closed', '--concurrency', '4', '--batch', '3', '--seconds', '1', '--min-accuracy', '0']
  const { report, code, stderr } = await runAgainst(held, [...args, '--watch-workers'])
  assert.equal(code, 0)
  assert.equal(most, 4)
  assert.ok(report.requests <= 4 * 50 + 4, `${report.requests}`)
  assert.equal(answersIn(report), report.requests)
  assert.match(stderr, /^ {3}1 s {2}slot 1 \(pid 7\): \d+$/m)
})

const mistakes: { args: string[]; sentence: RegExp }[] = [
  { args: ['--rate', 'fast'], sentence: /^--rate is fast; it must be a number from 0\.1 to 100000\.$/m },
  { args: ['--rate', '0'], sentence: /^--rate is 0; / },
  { args: ['--rate', ''], sentence: /^--rate is ; / },
  { args: ['--rate', 'Infinity'], sentence: /^--rate is Infinity; / },
  { args: ['--seconds=-1'], sentence: /^--seconds is -1; / },
  { args: ['--concurrency', '1.5'], sentence: /^--concurrency is 1\.5; it must be a whole number / },
  { args: ['--min-accuracy', '97'], sentence: /^--min-accuracy is 97; it must be a number from 0 to 1\.$/m },
  { args: ['--url', 'localhost:8000'], sentence: /^--url is localhost:8000; it must be an address such as / },
  { args: ['--url', 'https://localhost'], sentence: /^--url is https:\/\/localhost; / },
  { args: ['--closed', '--rate', '5'], sentence: /^--closed has no rate; / },
  { args: ['--deadline', '0.5'], sentence: /^--deadline is 0\.5; it must be a whole number / },
  { args: ['--batch', '0'], sentence: /^--batch is 0; / },
  { args: ['--rat', '5'], sentence: /^Unknown option '--rat'/ },
  { args: ['--rate'], sentence: /^Option '--rate <value>' argument missing/ },
  { args: ['fast'], sentence: /^Unexpected argument 'fast'/ },
]

for (const { args, sentence } of mistakes) {
  test(`refuses ${args.join(' ')} with exit code 2`, async () => {
    const { code, stdout, stderr } = await runClient(args)
    assert.equal(code, 2)
    assert.equal(stdout, '')
    assert.match(stderr, sentence)
  })
}
