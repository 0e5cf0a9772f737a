import { type GroupResult, runGroup } from './runner/group-run.js'
import { groupNames, selectGroups } from './runner/groups.js'

// node dist/test/run.js [GROUP…] [PART OF A FILE'S PATH…]: without a group, the ones of `npm test`.

const words = process.argv.slice(2)
const named = words.filter((word) => groupNames.includes(word))
const only = words.filter((word) => !groupNames.includes(word))
const results: GroupResult[] = []

for (const group of selectGroups(named.length > 0 ? named : ['default'])) {
  console.log(`\n== ${group.name}`)
  results.push(await runGroup(group, only))
}

// At the end, where whoever sees only the last lines of a log looks.
for (const { name, failures } of results) {
  for (const failure of failures) console.log(`\n== ${name} failed: ${failure}`)
}

console.log('\n== tally')
for (const { name, passed, failed, skipped, seconds, problems, unsteady } of results) {
  console.log(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped, ${seconds} s`)
  for (const problem of problems) console.log(`${name}: ${problem}`)
  for (const file of unsteady) console.log(`${name}: failed beside others, passed alone: ${file}`)
}
const sum = (of: 'passed' | 'failed' | 'skipped') => results.reduce((total, result) => total + result[of], 0)
console.log(`total: ${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
const nothingRan = results.every(({ passed, failed, skipped }) => passed + failed + skipped === 0)
if (nothingRan) console.log('No test file matches.')
const good = !nothingRan && results.every(({ failed, problems }) => failed === 0 && problems.length === 0)
process.exitCode = good ? 0 : 1
