import assert from 'node:assert/strict'
import { checkManifests, type Verdict } from '../../src/kubernetes/check.js'
import { formatFinding, type Severity } from '../../src/kubernetes/finding.js'
import { deploymentWith } from './manifests.js'

/** A change of the shipped Deployment, and what is to be said of it. */
export interface Case extends Partial<Pick<Expectation, 'severity'>>, Omit<Expectation, 'severity'> {
  what: string
  changes: [before: string, after: string][]
}

interface Expectation {
  severity: Severity
  says: RegExp
  /** What stands in the line that is named. */
  at: string
}

export function nameOf({ what, severity = 'error' }: Case): string {
  return `${what}: ${severity}`
}

export function findsIn({ changes, severity = 'error', says, at }: Case): void {
  finds(deploymentWith(...changes), { severity, says, at })
}

/** One finding of its kind, at the line that holds this text. */
export function finds(text: string, { severity, says, at }: Expectation): void {
  const { findings } = judge(text)
  const all = findings.map(formatFinding).join('\n')
  const [found, ...more] = findings.filter((finding) => says.test(finding.text))
  assert.ok(found !== undefined && more.length === 0, `${says} once in\n${all}`)
  assert.equal(found.severity, severity, all)
  assert.ok(text.split('\n')[found.line - 1]?.includes(at), `${at} is in line ${found.line}:\n${all}`)
}

export function judge(text: string): Verdict {
  return checkManifests([{ name: 'manifest.yaml', text }])
}

/** A change that gives the Deployment these further arguments. */
export function options(text: string): [before: string, after: string] {
  return ['            - --log-format=json', text]
}
