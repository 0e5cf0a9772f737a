import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import { readHeldOut } from '../../test/inference/digits.js'
import { freePort, type Service, type Stack, startService } from '../service.js'
import { stacks } from './stacks.js'

// node dist/bench/python/bench.js [--runs 5] [--seconds 5] [--connections 16]: the same network behind this project and
// behind what the lecture uses, in turn, and the medians into docs/benchmarks.md.

const project = fileURLToPath(new URL('../../../', import.meta.url))
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '16' },
  },
})
const [runs, seconds, connections] = [Number(values.runs), Number(values.seconds), Number(values.connections)]

const warmUpRequests = 4000

interface Measurement {
  rate: number
  /** Milliseconds of processor time a request. */
  cost: number
  p50: number
  p99: number
  memory: number
  startTime: number
  failures: number
}

const bodies = readHeldOut(100).map(({ image }) => JSON.stringify({ image, scale: 255 }))
const folder = mkdtempSync(path.join(tmpdir(), 'nworkers-bench-'))
try {
  const model = path.join(project, 'examples/inference-app/models/digits.onnx')
  execFileSync('/usr/bin/python3', [
    path.join(project, 'bench/python/pickle_model.py'),
    model,
    path.join(folder, 'model.pkl'),
  ])
  const port = await freePort()
  const all = stacks(project, folder, port)
  const results = new Map<string, Measurement[]>(all.map(({ name }) => [name, []]))
  const answers = new Map<string, number[][]>()
  for (let run = 1; run <= runs; run++) {
    for (const stack of all) {
      const measured = await measure(stack, `http://127.0.0.1:${port}`, answers)
      results.get(stack.name)?.push(measured)
      console.log(`run ${run}, ${stack.name}: ${describe(measured)}`)
    }
  }
  const difference = largestDifference([...answers.values()])
  const section = write(results, difference)
  console.log(section)
  if (difference > 1e-5) throw new Error(`The predictions differ by ${difference}.`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measure(stack: Stack, url: string, answers: Map<string, number[][]>): Promise<Measurement> {
  const service = await startService(stack, url, folder, bodies[0] as string)
  try {
    if (!answers.has(stack.name)) answers.set(stack.name, await predictions(url))
    // By count, not by time: what compiles as it runs must have done so, also on a slow machine.
    await load(url, { amount: warmUpRequests })
    return await underLoad(service, url)
  } finally {
    await service.stop()
  }
}

async function underLoad(service: Service, url: string): Promise<Measurement> {
  const before = service.processorTime()
  const { requests, latency, errors, non2xx, timeouts } = await load(url, { duration: seconds })
  return {
    rate: requests.average,
    cost: (service.processorTime() - before) / requests.total,
    p50: latency.p50,
    p99: latency.p99,
    memory: service.memory(),
    startTime: service.startTime,
    failures: errors + non2xx + timeouts,
  }
}

function load(url: string, length: { duration: number } | { amount: number }): Promise<autocannon.Result> {
  const headers = { 'content-type': 'application/json' }
  const requests = bodies.map((body) => ({ method: 'POST' as const, path: '/predict', headers, body }))
  return autocannon({ url, ...length, connections, requests })
}

/** The probabilities of all digits, one by one. */
async function predictions(url: string): Promise<number[][]> {
  const rows: number[][] = []
  for (const body of bodies) {
    const headers = { 'content-type': 'application/json', connection: 'close' }
    const response = await fetch(`${url}/predict`, { method: 'POST', headers, body })
    const { predictions } = (await response.json()) as { predictions: { probabilities: number[] }[] }
    rows.push(predictions[0]?.probabilities ?? [])
  }
  return rows
}

function largestDifference([first = [], ...others]: number[][][]): number {
  let largest = 0
  for (const rows of others) {
    for (const [index, row] of rows.entries()) {
      for (const [label, share] of row.entries())
        largest = Math.max(largest, Math.abs(share - (first[index]?.[label] ?? 1)))
    }
  }
  return largest
}

function describe({ rate, cost, p50, p99, memory, startTime, failures }: Measurement): string {
  return `${rate.toFixed(0)}/s, ${cost.toFixed(2)} ms CPU a request, p50 ${p50} ms, p99 ${p99} ms, ${megabytes(memory)} MB, first answer after ${startTime.toFixed(0)} ms, ${failures} failures`
}

function write(results: Map<string, Measurement[]>, difference: number): string {
  const rows = [...results].map(([name, measured]) => {
    const middle = (of: (one: Measurement) => number) => median(measured.map(of))
    const rates = measured.map(({ rate }) => Math.round(rate))
    const cells = [
      name,
      `${Math.round(middle(({ rate }) => rate))} (${Math.min(...rates)}–${Math.max(...rates)})`,
      middle(({ cost }) => cost).toFixed(2),
      middle(({ p50 }) => p50),
      middle(({ p99 }) => p99),
      megabytes(middle(({ memory }) => memory)),
      Math.round(middle(({ startTime }) => startTime)),
      measured.reduce((sum, { failures }) => sum + failures, 0),
    ]
    return `| ${cells.join(' | ')} |`
  })
  const section = `<!-- python: written by bench/python/bench.ts -->

## Beside Flask

The digits network of the inference app, \`POST /predict\` with one image, 2 workers each; medians of ${runs} alternating
runs of ${seconds} s with ${connections} keep-alive connections (gunicorn's sync worker closes each). The client runs on the same
${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}; the load average of
the machine was ${loadavg()[0]?.toFixed(0)} at the end. Memory is the PSS of all processes after the load.
The probabilities of 100 held-out digits differ by at most ${difference.toExponential(1)}.

| stack | req/s (least–most) | CPU ms a request | p50 ms | p99 ms | PSS MB | first answer ms | failed |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

\`npm run build && node dist/bench/python/bench.js\` (Debian: python3-flask python3-sklearn python3-joblib gunicorn
uwsgi-core uwsgi-plugin-python3 nginx-light).

<!-- /python -->`
  const file = path.join(project, 'docs/benchmarks.md')
  const old = /<!-- python: [\s\S]*<!-- \/python -->/
  const document = readDocument(file)
  writeFileSync(file, old.test(document) ? document.replace(old, section) : `${document}\n${section}\n`)
  return section
}

function readDocument(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '# Benchmarks\n'
  }
}

function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6)
}
