import { arch, cpus, platform, release } from 'node:os'
import { isGood, type JudgedFailure, notExcused, type Outcome } from './outcome.js'
import { writeTable } from './table.js'

/** Failures that are told in full. */
const toldFailures = 15

/** The part of the log that is shown around a failure: milliseconds before and after, and lines. */
const shown = { before: 1_500, after: 500, lines: 30 }

/** Workers that died and were not let go. */
const deaths = new Set(['crash', 'killed', 'oom', 'hung'])

/** The figures of a run. */
export function summarise(outcome: Outcome): Record<string, number | string> {
  const { story, crashes, failures, tallies, startedAt, stoppedAt, descriptors, exit } = outcome
  const exits = (...reasons: string[]) =>
    story.workers.filter(({ reason = '' }) => reasons.includes(reason)).length
  const reloads = story.reloads.filter(({ endedAt }) => endedAt !== undefined)
  const rolledBack = reloads.filter(({ failure }) => failure !== undefined)
  const how = (kind: string) => crashes.filter((crash) => crash.how === kind).length
  const ok = [...tallies.values()].reduce((sum, tally) => sum + tally.ok, 0)
  const turnedAway = failures.filter(({ verdict }) => verdict === 'turned away').length
  return {
    requests: ok + failures.length - turnedAway,
    seconds: Math.round((stoppedAt - startedAt) / 1000),
    'not excused': notExcused(outcome).length,
    excused: failures.filter(({ verdict }) => verdict === 'excused').length,
    'excused, accepted by no worker': failures.filter(
      ({ verdict, pid }) => verdict === 'excused' && pid === undefined,
    ).length,
    'turned away at the end': turnedAway,
    'slowest (ms)': Math.round(Math.max(...[...tallies.values()].map(({ slowest }) => slowest))),
    actions: outcome.journal.length,
    'reloads ok': reloads.length - rolledBack.length,
    'reloads rolled back': rolledBack.length,
    'workers booted': story.workers.length,
    recycled: exits('max-requests'),
    'scaled down': exits('scale'),
    crashes: crashes.length,
    'crashes by SIGKILL': how('kill'),
    'crashes by SIGSTOP': how('stop'),
    'crashes by a busy loop': how('spin'),
    'workers found hung': exits('hung'),
    respawns: countRespawns(outcome),
    'descriptors before': descriptors.before ?? 'unknown',
    'descriptors after': descriptors.after ?? 'unknown',
    'exit code': exit ?? 'none',
    unexplained: outcome.oddities.length,
  }
}

/** Deaths after which a worker was booted in the same slot. */
function countRespawns({ story }: Outcome): number {
  return story.workers.filter(
    ({ slot, reason = '', exitedAt = Number.POSITIVE_INFINITY }) =>
      deaths.has(reason) && story.workers.some((next) => next.slot === slot && next.bootedAt >= exitedAt),
  ).length
}

/** The figures as text: a table by kind of client, and the rest below. */
export function writeReport(outcome: Outcome): string {
  const { options, tallies, failures } = outcome
  const count = (client: string, verdict: string) =>
    failures.filter((failure) => failure.client === client && failure.verdict === verdict).length
  const rows = [...tallies].map(([client, tally]) => [
    client,
    tally.ok,
    count(client, 'excused'),
    count(client, 'not excused'),
    tally.messages,
    tally.bytes,
    Math.round(tally.slowest),
  ])
  const head = ['client', 'ok', 'excused', 'not excused', 'messages', 'bytes', 'slowest (ms)']
  const summary = Object.entries(summarise(outcome)).map(([name, value]) => `${name}: ${value}`)
  const { mode, seconds, workers, seed, load } = options
  return [
    `chaos ${mode}: ${seconds} s, ${workers} workers, load ${load}, seed ${seed}, ${platform()} ${release()} ${arch()}, ${cpus().length} CPUs`,
    writeTable(head, rows),
    ...summary,
    isGood(outcome) ? 'Nothing failed that is not excused.' : '',
    ...writeFailures(outcome),
  ]
    .filter((line) => line !== '')
    .join('\n')
}

function writeFailures(outcome: Outcome): string[] {
  const failures = notExcused(outcome)
  const kinds = new Map<string, number>()
  for (const { client, error } of failures) {
    const kind = `${client}: ${error.replace(/\d+/g, 'N')}`
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  return [
    ...(kinds.size > 0 ? ['', 'NOT EXCUSED, by kind:'] : []),
    ...[...kinds].map(([kind, count]) => `  ${count} × ${kind}`),
    ...failures
      .slice(0, toldFailures)
      .flatMap((failure, index) => [
        ...tellFailure(outcome, failure),
        ...logAround(outcome, failure.failedAt, failures[index - 1]?.failedAt),
      ]),
    ...outcome.oddities.flatMap(({ at, text }) => [
      '',
      `UNEXPLAINED at ${time(outcome, at)}: ${text}`,
      ...logAround(outcome, at),
    ]),
  ]
}

function tellFailure(outcome: Outcome, failure: JudgedFailure): string[] {
  const { client, error, begunAt, failedAt, connection, pid, lastAction } = failure
  const port = connection
    ? `client port ${connection.port}, connected at ${time(outcome, connection.openedAt)}`
    : 'no connection'
  return [
    '',
    `NOT EXCUSED ${client}: ${error}`,
    `  begun at ${time(outcome, begunAt)}, failed at ${time(outcome, failedAt)}, ${port}, ` +
      `${pid === undefined ? 'accepted by no worker' : `worker ${pid}`}; last action: ${lastAction}`,
  ]
}

/** The log at that time, as far as it was not shown for the time before. */
function logAround(outcome: Outcome, at: number, before = Number.NEGATIVE_INFINITY): string[] {
  return outcome.log
    .filter((line) => line.at >= at - shown.before && line.at <= at + shown.after)
    .filter((line) => line.at > before + shown.after)
    .slice(-shown.lines)
    .map((line) => `  | ${time(outcome, line.at)} ${line.text}`)
}

function time({ startedAt }: Outcome, at: number): string {
  return `${((at - startedAt) / 1000).toFixed(3)} s`
}

/** The outcome for a machine to read. */
export function writeJson(outcome: Outcome): string {
  const { options, tallies, oddities, journal, startedAt } = outcome
  const failures = notExcused(outcome)
  const system = { node: options.node, platform: platform(), release: release(), cpus: cpus().length }
  const clients = Object.fromEntries(tallies)
  const actions = journal.map(({ at, text }) => ({ at: Math.round(at - startedAt), text }))
  const document = {
    options,
    date: new Date().toISOString(),
    system,
    summary: summarise(outcome),
    clients,
    failures,
    oddities,
    actions,
    log: outcome.log.map(({ at, text }) => ({ at: Math.round(at - startedAt), text })),
  }
  return `${JSON.stringify(document, undefined, 2)}\n`
}
