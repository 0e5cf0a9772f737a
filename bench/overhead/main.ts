import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeSection } from '../marked-section.js'
import { confident } from '../statistics.js'
import { bare, type Contender, nworkers, type Running, start } from './contender.js'

// Processor time per keep-alive request beside bare Node. The contenders take turns of a fifth of a second, in a changing
// order, so that what else the machine does meets them alike; each turn is compared with bare Node's in the same pass.
// Processes of the same program differ too, so all are started anew for each round, and bare Node competes with itself.

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '6' },
    passes: { type: 'string', default: '25' },
    write: { type: 'boolean', default: false },
  },
})
const connections = 16
const turn = 200
const warmUp = 1_000

const folder = mkdtempSync(join(tmpdir(), 'nworkers-overhead-'))
const log = ['--access-logfile', join(folder, 'access.log')]
const contenders: Contender[] = [
  { ...bare, name: 'bare node, a second process' },
  nworkers('nworkers, metrics'),
  nworkers('nworkers, metrics and JSON access log', [...log, '--access-logformat', 'json']),
  nworkers('the same for clients that are not among the networks of trusted proxies', [
    ...[...log, '--access-logformat', 'json'],
    ...['--forwarded-allow-ips', '10.0.0.0/8'],
  ]),
  nworkers('nworkers, metrics and access log as gunicorn writes it', log),
]
const ratios = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
const bareTimes: number[] = []

/** Microseconds of processor time for a request, over one turn. */
async function takeTurn({ clients, processorTime }: Running): Promise<number> {
  const before = processorTime()
  const answers = await clients.run(turn)
  return (processorTime() - before) / answers
}

async function round(): Promise<void> {
  const running = new Map<string, Running>()
  try {
    for (const contender of [bare, ...contenders]) {
      const service = await start(contender, connections)
      running.set(contender.name, service)
      await service.clients.run(warmUp)
    }
    for (let pass = 0; pass < Number(values.passes); pass++) {
      const order = pass % 2 === 0 ? [...running] : [...running].reverse()
      const times = new Map<string, number>()
      for (const [name, service] of order) times.set(name, await takeTurn(service))
      const base = times.get(bare.name) ?? Number.NaN
      bareTimes.push(base)
      for (const { name } of contenders) ratios.get(name)?.push((times.get(name) ?? Number.NaN) / base)
    }
  } finally {
    for (const service of running.values()) await service.stop()
  }
}

try {
  for (let count = 0; count < Number(values.rounds); count++) await round()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const table = [
  '| | processor time per request, bare Node = 1 |',
  '| --- | --- |',
  ...[...ratios].map(([name, list]) => `| ${name} | ${confident(list, 3)} |`),
].join('\n')
const text = `## What a request costs

\`npm run bench:overhead\`, Node ${process.versions.node}, ${cpus().length} cores of ${cpus()[0]?.model.trim()}; the
load of the machine was ${loadavg()[0]?.toFixed(1)} at the end. ${connections} keep-alive clients of one worker, an app that
answers two bytes at once: the dearest case for whatever is done besides. Turns of ${turn} ms, ${values.rounds} rounds of
${values.passes} passes; medians of the ratios within a pass, and their 95 % confidence. Bare Node took
${confident(bareTimes, 1)} µs a request; the second process of it shows how much of a difference is chance.

${table}`
console.log(text)
if (values.write) writeSection('overhead', text)
