import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { projectFolder } from '../process/harness/application.js'
import { poll } from '../process/harness/poll.js'
import { pidsWithEnvironment, signalProcess } from '../process/harness/processes.js'
import { type Group, testFiles } from './groups.js'
import { nodeBinary } from './node-binary.js'

export interface GroupResult {
  name: string
  passed: number
  failed: number
  skipped: number
  seconds: number
  /** What went wrong beside the tests: a process left behind, a Node that could not be installed. */
  problems: string[]
  /** Files that failed beside others and passed alone. */
  unsteady: string[]
  /** The tests that failed, each with where it is and what it says. */
  failures: string[]
}

/** What came of running some files. */
interface Counts {
  pass: number
  fail: number
  cancelled: number
  skipped: number
  /** Files with a test that failed. */
  failed: Set<string>
  failures: string[]
}

const runName = 'PROCESS_TEST_RUN'
const fileDeadline = 600_000

/** Runs a group's files, each in a process of its own, and prints them as they go; `only` filters by part of the path. */
export async function runGroup(group: Group, only: string[]): Promise<GroupResult> {
  const started = performance.now()
  let counts: Counts = noCounts()
  let unsteady: string[] = []
  const problems: string[] = []
  const token = randomUUID()
  process.env[runName] = token
  try {
    if (group.nodeMajor) process.env.NWORKERS_TEST_NODE = nodeBinary(group.nodeMajor)
    else delete process.env.NWORKERS_TEST_NODE
    counts = await runFiles(testFiles(group).filter(matches(only)), group.concurrency)
    if (mayRunAgain(counts)) {
      const again = await runFiles([...counts.failed], 1)
      unsteady = [...counts.failed].filter((file) => !again.failed.has(file))
      counts = { ...counts, fail: again.fail, cancelled: again.cancelled, failures: again.failures }
    }
  } catch (error) {
    problems.push(String(error))
  }
  const left = await processesLeftBehind(token)
  if (left.length > 0) problems.push(`processes left behind: ${left.join(', ')}`)
  return {
    name: group.name,
    passed: counts.pass,
    failed: counts.fail + counts.cancelled,
    skipped: counts.skipped,
    seconds: Math.round((performance.now() - started) / 1000),
    problems,
    unsteady,
    failures: counts.failures,
  }
}

/** So many files may be shaken by a busy machine; more of them are a fault. */
const mostUnsteady = 2

/** In place of a file that Node does not tell. */
const untold = ''

/** What these promise must hold however busy the machine is: they count lost requests. */
const unforgiven = /\/(chaos|long)\//

/**
 * Whether the files that failed run once more, alone: on a shared machine a time limit may pass for want of a processor.
 * It is told in the tally, so that the test can be made steadier.
 */
function mayRunAgain({ failed }: Counts): boolean {
  const isForgiven = (file: string) => file !== untold && !unforgiven.test(file)
  return failed.size > 0 && failed.size <= mostUnsteady && [...failed].every(isForgiven)
}

function noCounts(): Counts {
  return { pass: 0, fail: 0, cancelled: 0, skipped: 0, failed: new Set(), failures: [] }
}

function matches(only: string[]): (file: string) => boolean {
  return (file) => only.length === 0 || only.some((part) => file.includes(part))
}

function runFiles(files: string[], concurrency: number): Promise<Counts> {
  const counts = noCounts()
  if (files.length === 0) return Promise.resolve(counts)
  const events = run({ files, concurrency, timeout: fileDeadline })
  events.on('test:diagnostic', ({ nesting, message }) => {
    // The totals come as text; newer Nodes have an event for them, the oldest supported one has not.
    const [, name, count] = (nesting === 0 && /^(pass|fail|cancelled|skipped) (\d+)$/.exec(message)) || []
    if (name) Object.assign(counts, { [name]: Number(count) })
  })
  events.on('test:fail', ({ file, name, details: { error } }) => {
    counts.failed.add(file ?? untold)
    // A suite fails by its tests, which tell more.
    if (isBySubtests(error)) return
    counts.failures.push(`${path.relative(projectFolder, file ?? untold)}: ${name}\n${firstLines(error)}`)
  })
  return new Promise((resolve, reject) => {
    const report = events.compose(new spec())
    report.on('end', () => resolve(counts))
    report.on('error', reject)
    report.pipe(process.stdout, { end: false })
  })
}

function isBySubtests(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed'
}

/** As much of an error as tells what has gone wrong at the end of a long log. */
const toldLines = 40

function firstLines(error: Error): string {
  const { message } = error.cause instanceof Error ? error.cause : error
  const lines = message.split('\n').slice(0, toldLines)
  return lines.map((line) => `    ${line}`).join('\n')
}

/** Gives what still runs of a group after a moment's grace, and ends it. */
async function processesLeftBehind(token: string): Promise<number[]> {
  const left = () => pidsWithEnvironment(runName, token)
  await poll(() => left().length === 0, { deadline: 5_000, what: 'every process has ended' }).catch(() => {})
  const pids = left()
  for (const pid of pids) signalProcess(pid, 'SIGKILL')
  return pids
}
