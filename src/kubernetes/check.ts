import { createError } from '../errors.js'
import { checkGrace, graceOf, sumOf } from './check-grace.js'
import { checkProbes } from './check-probes.js'
import { checkReach } from './check-reach.js'
import { checkReplicas } from './check-replicas.js'
import { checkServices } from './check-service.js'
import type { Finding } from './finding.js'
import { type ManifestFile, readManifests, templateHint } from './manifest.js'
import { type Server, serversIn } from './server.js'
import { workloadsIn } from './workload.js'

/** What came of a check. */
export interface Verdict {
  findings: Finding[]
  /** The arithmetic of each container that runs nworkers, a sentence each. */
  sums: string[]
}

/**
 * Looks at manifests together, since what one says is only right beside the others.
 * @throws NWORKERS_E_MANIFEST for what can't be read, and where nothing in it runs nworkers
 */
export function checkManifests(files: readonly ManifestFile[]): Verdict {
  const manifests = files.flatMap(readManifests)
  const workloads = workloadsIn(manifests)
  const findings: Finding[] = []
  const sums: string[] = []
  let isFound = false
  for (const workload of workloads) {
    const { servers, findings: ofSettings } = serversIn(workload, workloads.length === 1)
    findings.push(...ofSettings)
    if (servers.length === 0 && ofSettings.length === 0) continue
    isFound = true
    findings.push(
      ...servers.flatMap((server) => [...checkServer(server), ...checkServices(server, manifests)]),
      ...checkReplicas(workload, manifests),
    )
    sums.push(...servers.map(sumUp))
  }
  if (!isFound) throw nothingIn(files)
  return { findings: inOrder(findings, files), sums }
}

function nothingIn(files: readonly ManifestFile[]) {
  const names = files.map(({ name }) => name).join(', ')
  const wayOut =
    templateHint(files.map(({ text }) => text).join('')) ??
    'It takes a Deployment, StatefulSet, DaemonSet or Pod with a container whose command names nworkers, or whose env has its NWORKERS_… variables.'
  return createError('NWORKERS_E_MANIFEST', names, `nothing in it runs nworkers. ${wayOut}`)
}

function checkServer(server: Server): Finding[] {
  return [...checkGrace(server), ...checkProbes(server), ...checkReach(server)]
}

function sumUp(server: Server): string {
  const { kind, name } = server.workload
  const grace = graceOf(server)
  return `${kind} ${name} has ${grace.given} s to end and needs ${sumOf(grace)}.`
}

function inOrder(findings: readonly Finding[], files: readonly ManifestFile[]): Finding[] {
  const order = (file: string) => files.findIndex(({ name }) => name === file)
  return findings.toSorted((a, b) => order(a.file) - order(b.file) || a.line - b.line)
}
