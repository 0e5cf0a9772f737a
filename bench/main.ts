import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { projectFolder } from '../test/process/harness/application.js'
import { nodeBinary } from '../test/runner/node-binary.js'
import { type Bench, type Findings, type Goal, type Section, table } from './findings.js'
import { writePage } from './page.js'
import { connections } from './sections/connections.js'
import { crash } from './sections/crash.js'
import { memory } from './sections/memory.js'
import { reload } from './sections/reload.js'
import { scale } from './sections/scale.js'
import { startUp } from './sections/start.js'
import { installPeers, versionOf } from './systems/installation.js'
import { freePort } from './systems/requests.js'
import { type Running, start } from './systems/running.js'
import { gunicorn, nodeSystems } from './systems/systems.js'

// npm run bench [-- --quick] [--only NAME,…] [--output FILE]: measures nworkers beside its peers and writes the page.

const sections: readonly Section[] = [connections, startUp, memory, reload, scale, crash]
/** What a quick run leaves out, because it takes long by its nature. */
const slow = [crash]

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    output: { type: 'string', default: path.join(projectFolder, 'docs/benchmarks.md') },
  },
})
const { quick, output } = values
const wanted = values.only?.split(',')
const chosen = sections.filter((section) =>
  wanted ? wanted.includes(section.name) : !(quick && slow.includes(section)),
)

const folder = mkdtempSync(path.join(tmpdir(), 'nworkers-bench-'))
const started: Running[] = []
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void Promise.all(started.map((running) => running.stop())).then(() => process.exit(1))
  })
}
try {
  if (!quick) installPeers()
  // Watt needs 22 or later, and all Node systems are to run on the same.
  const node = quick ? process.execPath : nodeBinary(24)
  const bench: Bench = {
    quick,
    systems: { ...nodeSystems(node), gunicorn },
    async start(system, workers) {
      const place = { workers, port: await freePort(), folder: mkdtempSync(path.join(folder, 'run-')) }
      const running = await start(system, place)
      started.push(running)
      return running
    },
    say: (text) => console.log(text),
  }
  const load = loadavg()[0]?.toFixed(1)
  const texts: string[] = []
  const goals: Goal[] = []
  const drawings: Record<string, string> = {}
  for (const section of chosen) {
    console.log(`\n== ${section.title}`)
    const findings = await section.measure(bench).catch(failure)
    for (const running of started.splice(0)) await running.stop()
    console.log(`\n${findings.text}`)
    texts.push(`### ${section.title}\n\n${findings.text}`)
    goals.push(...findings.goals)
    Object.assign(drawings, findings.drawings)
    // After each section, so that a run that is cut short leaves what it has.
    const parts = [
      '## Side by side',
      circumstances(node, `${load}`),
      `### Goals\n\n${goalTable(goals)}`,
      ...texts,
    ]
    writePage(output, parts.join('\n\n'), drawings)
  }
  console.log(`\n${goalTable(goals)}`)
} finally {
  for (const running of started) await running.stop()
  rmSync(folder, { recursive: true, force: true })
}

/** The other sections are measured all the same. */
function failure(error: unknown): Findings {
  process.exitCode = 1
  console.error(error)
  return { text: 'This could not be measured.', goals: [] }
}

function circumstances(node: string, load: string): string {
  const versions = [
    `nworkers ${revision()}`,
    `Node ${says(node, ['-p', 'process.versions.node'])}`,
    ...(quick ? [] : ['pm2', 'wattpm', 'throng'].map((name) => `${name} ${versionOf(name)}`)),
    ...(quick ? [] : [says('/usr/bin/gunicorn', ['--version'])]),
  ]
  return `Measured by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${versions.join(', ')}; Linux ${release()}, ${availableParallelism()} cores of
${cpus()[0]?.model}. The load of the machine was ${load} when it began and ${loadavg()[0]?.toFixed(1)} at the end; clients run on the same cores. Figures are medians, with the range in
brackets. CPU is that of all processes of a system.`
}

function goalTable(goals: readonly Goal[]): string {
  return table(
    ['goal', 'at most', 'measured', 'reached'],
    goals.map(({ text, limit, measured }) => [
      text,
      limit,
      Number.isInteger(measured) ? measured : Number(measured.toPrecision(3)),
      measured <= limit ? 'yes' : '**no**',
    ]),
  )
}

function revision(): string {
  return says('git', ['-C', projectFolder, 'rev-parse', '--short', 'HEAD'])
}

function says(file: string, args: readonly string[]): string {
  try {
    return execFileSync(file, args, { encoding: 'utf8' }).trim()
  } catch {
    return 'of unknown version'
  }
}
