import { readdirSync, readFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startService } from '../service.js'

// node dist/bench/inference/workers.js: lines of text that the OCR app reads in a second, by the number of workers.

const project = fileURLToPath(new URL('../../../', import.meta.url))
const workerCounts = [1, 2, 4]
const [rounds, seconds, connections] = [5, 5, 8]
const lines = path.join(project, 'test/fixtures/lines')
const pictures = readdirSync(lines)
  .filter((name) => name.endsWith('.png'))
  .map((name) => readFileSync(path.join(lines, name)))

interface Measurement {
  rate: number
  p50: number
  p99: number
  /** Milliseconds of processor time a request. */
  cost: number
}

const results = new Map<number, Measurement[]>(workerCounts.map((count) => [count, []]))
for (let round = 0; round < rounds; round++) {
  for (const count of workerCounts) results.get(count)?.push(await measure(count))
}
console.log(
  '| workers | lines/s (least–most) | p50 ms | p99 ms | CPU ms a line |\n| --- | --- | --- | --- | --- |',
)
for (const [count, measured] of results) {
  const rates = measured.map(({ rate }) => rate)
  const range = `${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}`
  const middle = (of: (one: Measurement) => number) => median(measured.map(of)).toFixed(0)
  const cells = [middle(({ p50 }) => p50), middle(({ p99 }) => p99), middle(({ cost }) => cost)]
  console.log(`| ${count} | ${median(rates).toFixed(0)} (${range}) | ${cells.join(' | ')} |`)
}

async function measure(workers: number): Promise<Measurement> {
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  const app = path.join(project, 'examples/inference-app/ocr:app')
  const command = [
    process.execPath,
    path.join(project, 'bin/nworkers.js'),
    '-w',
    `${workers}`,
    '-b',
    address,
    app,
  ]
  const stack = { name: `${workers} workers`, commands: [command], environment: {} }
  const [first] = pictures
  if (!first) throw new Error(`There are no lines in ${lines}.`)
  const url = `http://${address}/read`
  const service = await startService(stack, tmpdir(), { url, type: 'image/png', body: first })
  const agent = new http.Agent({ keepAlive: true })
  try {
    await load(url, agent, 1_000)
    const before = service.processorTime()
    const { latencies, elapsed } = await load(url, agent, 1_000 * seconds)
    latencies.sort((a, b) => a - b)
    const quantile = (share: number) => latencies[Math.floor(share * latencies.length)] ?? 0
    return {
      rate: (1_000 * latencies.length) / elapsed,
      p50: quantile(0.5),
      p99: quantile(0.99),
      cost: (service.processorTime() - before) / latencies.length,
    }
  } finally {
    agent.destroy()
    await service.stop()
  }
}

/** Clients that each send the next picture when they have the answer, for so many milliseconds. */
async function load(
  url: string,
  agent: http.Agent,
  milliseconds: number,
): Promise<{ latencies: number[]; elapsed: number }> {
  const latencies: number[] = []
  const started = performance.now()
  const clients = Array.from({ length: connections }, async (_, client) => {
    for (let turn = client; performance.now() - started < milliseconds; turn++) {
      const picture = pictures[turn % pictures.length]
      if (picture) latencies.push(await ask(url, agent, picture))
    }
  })
  await Promise.all(clients)
  return { latencies, elapsed: performance.now() - started }
}

/** Milliseconds until the whole answer is there. */
function ask(url: string, agent: http.Agent, picture: Buffer): Promise<number> {
  const sent = performance.now()
  const headers = { 'content-type': 'image/png', 'content-length': picture.length }
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`The answer is ${response.statusCode}.`))
      response.resume().on('end', () => resolve(performance.now() - sent))
    })
    request.on('error', reject).end(picture)
  })
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
