// node bench/parallel/main.mjs [speed] [overhead]: how much faster several jobs are than one, beside joblib on tasks of
// the same time, and what an item costs beside tinypool and piscina used bare. Both together are written to
// docs/benchmarks.md.
import { availableParallelism, cpus, loadavg } from 'node:os'
import { measureOverhead } from './overhead.mjs'
import { writeSection } from './section.mjs'
import { measureSpeed } from './speed.mjs'

const jobs = availableParallelism()
const rounds = 5
const turns = 200
const python = '/usr/bin/python3'

const parts = process.argv.slice(2)
const wanted = (name) => parts.length === 0 || parts.includes(name)

const before = loadavg()[0].toFixed(1)
const texts = []
if (wanted('speed')) texts.push(await measureSpeed(jobs, rounds, python))
if (wanted('overhead')) texts.push(await measureOverhead(jobs, turns))
const text = `Measured by \`npm run bench:parallel\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${jobs} cores of ${cpus()[0].model}; the
load of the machine was ${before} when it began and ${loadavg()[0].toFixed(1)} at the end (all else that ran on it disturbs the figures). Medians and
ranges of ${rounds} rounds; the tasks took turns, their workers were started before.

${texts.join('\n')}`
console.log(text)
if (parts.length === 0) writeSection(text)
