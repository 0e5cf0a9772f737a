import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { createError } from '../errors.js'
import { checkManifests } from '../kubernetes/check.js'
import { type Finding, formatFinding, type Severity } from '../kubernetes/finding.js'
import type { ManifestFile } from '../kubernetes/manifest.js'
import { shown } from '../settings/text.js'
import { print } from './terminal.js'

const usage = `Usage: nworkers check kubernetes FILE…

Reads manifests as "kubectl apply" takes them, - is stdin, and says with file and line what does not fit nworkers.
Files that belong together (the Deployment, its Service, budget and autoscaler) are best given together.

  time to end  terminationGracePeriodSeconds >= preStop + --shutdown-delay + --graceful-timeout + 10 s
  time to hear preStop + --shutdown-delay >= 5 s, in which the cluster still sends; readiness fails within the delay
  probes       at the admin port: startup and readiness ask /readyz, liveness asks /livez; startup outlasts --boot-timeout
  addresses    --bind and --admin can be reached from outside the pod, Services send where nworkers listens
  workers      --workers=auto has a limit of CPUs; --ready-min is not above the workers
  signals      TERM reaches nworkers, with no shell or npm in between
  replicas     a rolling update, a drained node or the autoscaler never leave no pod

An error breaks the service sooner or later, a warning may be meant, a note says what had to be assumed.
Exit codes: 0 no error; 1 errors; 2 usage, or what can't be read. See docs/kubernetes.md.`

/**
 * Checks manifests of Kubernetes. Returns the exit code.
 * @throws NWORKERS_E_USAGE, NWORKERS_E_MANIFEST
 */
export async function checkKubernetes(words: readonly string[]): Promise<number> {
  if (words.some((word) => word === '--help' || word === '-h')) {
    print(usage)
    return 0
  }
  const option = words.find((word) => word.startsWith('-') && word !== '-')
  if (option !== undefined) throw refuse(`Unknown option ${shown(option)}.`)
  if (words.length === 0) throw refuse('No FILE is given; - is stdin.')
  const { findings, sums } = checkManifests(await Promise.all(words.map(readManifest)))
  print([...findings.map(formatFinding), ...sums, conclusion(findings)].join('\n'))
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0
}

async function readManifest(name: string): Promise<ManifestFile> {
  if (name === '-') return { name: 'stdin', text: await text(process.stdin) }
  try {
    return { name, text: readFileSync(name, 'utf8') }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw createError('NWORKERS_E_MANIFEST', name, `it can't be read: ${reason}.`)
  }
}

function conclusion(findings: readonly Finding[]): string {
  const count = (kind: Severity) => {
    const number = findings.filter(({ severity }) => severity === kind).length
    return `${number} ${kind}${number === 1 ? '' : 's'}`
  }
  return `${count('error')}, ${count('warning')}, ${count('note')}.`
}

function refuse(problem: string) {
  return createError('NWORKERS_E_USAGE', `${problem} See "nworkers check kubernetes --help".`)
}
