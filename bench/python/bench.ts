import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readHeldOut } from '../../test/inference/digits.js'
import { freePort, type Service, type Stack, startService } from '../service.js'
import { stacks } from './stacks.js'
import { type Client, createClient, type Load } from './wrk.js'

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

const warmUpRequests = 15_000

const packages =
  'python3-flask python3-sklearn python3-joblib gunicorn uwsgi-core uwsgi-plugin-python3 nginx-light wrk'

interface Measurement {
  rate: number
  /** Milliseconds of processor time a request. */
  cost: number
  p50: number
  p99: number
  memory: number
  memoryAlone: number
  startTime: number
  failures: number
}

const bodies = readHeldOut(100).map(({ image }) => JSON.stringify({ image, scale: 255 }))
const folder = mkdtempSync(path.join(tmpdir(), 'nworkers-bench-'))
try {
  const model = path.join(project, 'examples/inference-app/models/digits.onnx')
  pickle(model, path.join(folder, 'model.pkl'))
  const port = await freePort()
  const client = createClient(folder, bodies, connections)
  const all = stacks(project, folder, port)
  const results = new Map<string, Measurement[]>(all.map(({ name }) => [name, []]))
  const answers = new Map<string, number[][]>()
  for (let run = 1; run <= runs; run++) {
    for (const stack of all) {
      const measured = await measure(stack, `http://127.0.0.1:${port}`, client, answers)
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

/** @throws when what Debian's packages bring is not there; Python says on stderr what it misses */
function pickle(model: string, target: string): void {
  const program = path.join(project, 'bench/python/pickle_model.py')
  try {
    execFileSync('/usr/bin/python3', [program, model, target], { stdio: ['ignore', 'inherit', 'inherit'] })
  } catch {
    throw new Error(`The model can't be pickled. Needed are Debian's ${packages}.`)
  }
}

async function measure(
  stack: Stack,
  url: string,
  client: Client,
  answers: Map<string, number[][]>,
): Promise<Measurement> {
  const service = await startService(stack, folder, {
    url: `${url}/predict`,
    type: 'application/json',
    body: bodies[0] as string,
  })
  try {
    if (!answers.has(stack.name)) answers.set(stack.name, await predictions(url))
    // By count, not by time: what compiles as it runs must have done so, also on a slow machine.
    for (let sent = 0; sent < warmUpRequests; ) sent += (await client(url, 1)).requests
    return await underLoad(service, () => client(url, seconds))
  } finally {
    await service.stop()
  }
}

async function underLoad(service: Service, load: () => Promise<Load>): Promise<Measurement> {
  const before = service.processorTime()
  const { requests, seconds, p50, p99, failures } = await load()
  return {
    rate: requests / seconds,
    cost: (service.processorTime() - before) / requests,
    p50,
    p99,
    memory: service.memory(),
    memoryAlone: service.memoryAlone(),
    startTime: service.startTime,
    failures,
  }
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
  return `${rate.toFixed(0)}/s, ${cost.toFixed(2)} ms CPU a request, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${megabytes(memory)} MB, first answer after ${startTime.toFixed(0)} ms, ${failures} failures`
}

function write(results: Map<string, Measurement[]>, difference: number): string {
  const rows = [...results].map(([name, measured]) => {
    const middle = (of: (one: Measurement) => number) => median(measured.map(of))
    const rates = measured.map(({ rate }) => Math.round(rate))
    const cells = [
      name,
      `${Math.round(middle(({ rate }) => rate))} (${Math.min(...rates)}–${Math.max(...rates)})`,
      middle(({ cost }) => cost).toFixed(2),
      middle(({ p50 }) => p50).toFixed(1),
      middle(({ p99 }) => p99).toFixed(1),
      megabytes(middle(({ memory }) => memory)),
      megabytes(middle(({ memoryAlone }) => memoryAlone)),
      Math.round(middle(({ startTime }) => startTime)),
      measured.reduce((sum, { failures }) => sum + failures, 0),
    ]
    return `| ${cells.join(' | ')} |`
  })
  const section = `<!-- python: written by bench/python/bench.ts -->

## Beside Flask

The digits network of the inference app, \`POST /predict\` with one image, 2 workers each; medians of ${runs} alternating
runs of ${seconds} s after ${warmUpRequests} requests, with ${connections} keep-alive connections (gunicorn's sync worker closes each, so the client makes
a new one for each request). The client, wrk, runs on the same ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}; the load
average of the machine was ${loadavg()[0]?.toFixed(0)} at the end. Memory is that of all processes after the load: PSS divides what other
processes of the machine use as well, such as Node's binary; "alone" counts it wholly, once.
The probabilities of 100 held-out digits differ by at most ${difference.toExponential(1)}.

| stack | req/s (least–most) | CPU ms a request | p50 ms | p99 ms | PSS MB | alone MB | first answer ms | failed |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

${besideThreads(results)}

\`npm run build && node dist/bench/python/bench.js\` (Debian:
${packages}).

<!-- /python -->`
  const file = path.join(project, 'docs/benchmarks.md')
  const old = /<!-- python: [\s\S]*<!-- \/python -->/
  const document = readDocument(file)
  writeFileSync(file, old.test(document) ? document.replace(old, section) : `${document}\n${section}\n`)
  return section
}

/** What the project promises itself: how its rows compare with gunicorn's threads. */
function besideThreads(results: Map<string, Measurement[]>): string {
  const threads = [...results].find(([name]) => name.includes('gthread'))?.[1] ?? []
  const ratio = (mine: Measurement[], of: (one: Measurement) => number) =>
    (median(mine.map(of)) / median(threads.map(of))).toFixed(2)
  const ours = [...results].filter(([name]) => name.startsWith('nworkers'))
  const lines = ours.map(([name, mine]) => {
    const [rate, cost] = [ratio(mine, ({ rate }) => rate), ratio(mine, ({ cost }) => cost)]
    return `- ${name}: ${rate} of its req/s, ${cost} of its CPU time a request, ${ratio(mine, ({ memoryAlone }) => memoryAlone)} of its memory alone.`
  })
  return ['Beside gunicorn gthread:', '', ...lines].join('\n')
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
