import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { freePort, startService } from '../service.js'

// node dist/bench/inference/workers.js: lines of text that the OCR app reads in a second, by the number of workers.

const project = fileURLToPath(new URL('../../../', import.meta.url))
const workerCounts = [1, 2, 4]
const [rounds, seconds, connections] = [5, 5, 8]
const lines = path.join(project, 'test/fixtures/lines')
const requests = readdirSync(lines)
  .filter((name) => name.endsWith('.png'))
  .map((name) => ({
    method: 'POST' as const,
    path: '/read',
    headers: { 'content-type': 'image/png' },
    body: readFileSync(path.join(lines, name)),
  }))

interface Measurement {
  rate: number
  p50: number
  /** Milliseconds of processor time a request. */
  cost: number
}

const results = new Map<number, Measurement[]>(workerCounts.map((count) => [count, []]))
for (let round = 0; round < rounds; round++) {
  for (const count of workerCounts) results.get(count)?.push(await measure(count))
}
console.log('| workers | lines/s (least–most) | p50 ms | CPU ms a line |\n| --- | --- | --- | --- |')
for (const [count, measured] of results) {
  const rates = measured.map(({ rate }) => rate)
  const range = `${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}`
  const costs = [median(measured.map(({ p50 }) => p50)), median(measured.map(({ cost }) => cost))]
  console.log(
    `| ${count} | ${median(rates).toFixed(0)} (${range}) | ${costs.map((cost) => cost.toFixed(0)).join(' | ')} |`,
  )
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
  const [first] = requests
  if (!first) throw new Error(`There are no lines in ${lines}.`)
  const service = await startService(stack, tmpdir(), {
    url: `http://${address}/read`,
    type: 'image/png',
    body: first.body,
  })
  try {
    const load = (length: { amount: number } | { duration: number }) =>
      autocannon({ url: `http://${address}`, connections, requests, ...length })
    await load({ amount: requests.length * workers })
    const before = service.processorTime()
    const { requests: sent, latency, errors, non2xx } = await load({ duration: seconds })
    if (errors + non2xx > 0) throw new Error(`${errors + non2xx} requests failed.`)
    return { rate: sent.average, p50: latency.p50, cost: (service.processorTime() - before) / sent.total }
  } finally {
    await service.stop()
  }
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}
