import { error, type Finding, warning } from './finding.js'
import type { Manifest } from './manifest.js'
import { numberAt, type Place, textAt } from './place.js'
import { isBeside, selects, type Workload } from './workload.js'

/** Whether pods are left when some of them end: in a rolling update, when a node is drained, when the load goes down. */
export function checkReplicas(workload: Workload, manifests: readonly Manifest[]): Finding[] {
  const scaler = manifests.find((manifest) => scales(manifest, workload))
  const fewest = scaler ? fewestOf(scaler) : workload.place.at('spec', 'replicas')
  const budgets = manifests.filter((manifest) => isBudgetOf(manifest, workload))
  if (workload.kind === 'Pod' || workload.kind === 'DaemonSet') return []
  const count = numberAt(fewest) ?? (scaler?.kind === 'ScaledObject' ? 0 : 1)
  // Switched off on purpose.
  if (count === 0 && scaler === undefined) return []
  return [
    ...checkCount(fewest, count, workload),
    ...(scaler ? checkOwner(workload, scaler) : []),
    ...checkStrategy(workload, Math.max(count, 1)),
    ...budgets.flatMap((budget) => checkBudget(budget, Math.max(count, 1))),
  ]
}

function checkCount(fewest: Place, count: number, { kind, name }: Workload): Finding[] {
  if (count > 1) return []
  const few = count === 0 ? 'no pod at all' : 'a single pod'
  return [
    warning(
      fewest,
      `${kind} ${name} may have ${few}, so nobody serves ${count === 0 ? 'then' : 'when its node is drained or lost'}: let there be 2 or more.`,
    ),
  ]
}

function scales(manifest: Manifest, workload: Workload): boolean {
  const { kind, place } = manifest
  if (kind !== 'HorizontalPodAutoscaler' && kind !== 'ScaledObject') return false
  if (!isBeside(manifest, workload)) return false
  const target = place.at('spec', 'scaleTargetRef')
  // For KEDA a Deployment is meant where no kind is said.
  return (
    (textAt(target.at('kind')) ?? 'Deployment') === workload.kind &&
    textAt(target.at('name')) === workload.name
  )
}

function fewestOf({ kind, place }: Manifest): Place {
  return place.at('spec', kind === 'ScaledObject' ? 'minReplicaCount' : 'minReplicas')
}

function checkOwner({ place }: Workload, { kind, name }: Manifest): Finding[] {
  const replicas = place.at('spec', 'replicas')
  if (replicas.value === undefined) return []
  return [
    warning(
      replicas,
      `${kind} ${name} decides this number, and each "kubectl apply" sets it back: leave replicas out.`,
    ),
  ]
}

function checkStrategy({ kind, place }: Workload, replicas: number): Finding[] {
  if (kind !== 'Deployment') return []
  const strategy = place.at('spec', 'strategy')
  if (textAt(strategy.at('type')) === 'Recreate') {
    return [
      error(
        strategy,
        'Recreate ends all pods before a new one starts, so requests are refused: use RollingUpdate.',
      ),
    ]
  }
  const unavailable = strategy.at('rollingUpdate', 'maxUnavailable')
  const surge = strategy.at('rollingUpdate', 'maxSurge')
  const away = shareOf(unavailable.value ?? '25%', replicas, Math.floor)
  const extra = shareOf(surge.value ?? '25%', replicas, Math.ceil)
  if (surge.value !== undefined && away === 0 && extra === 0) {
    return [
      error(
        surge,
        'With no pod more (maxSurge) and none less (maxUnavailable) nothing can be replaced: let maxSurge be 1.',
      ),
    ]
  }
  if (away === undefined || away < replicas) return []
  return [
    error(
      unavailable,
      `A rolling update may end ${away} of ${replicas} pods before a new one is ready: let maxUnavailable be 0, and maxSurge 1.`,
    ),
  ]
}

function isBudgetOf(manifest: Manifest, workload: Workload): boolean {
  const selector = manifest.place.at('spec', 'selector')
  if (manifest.kind !== 'PodDisruptionBudget' || selector.at('matchExpressions').value !== undefined)
    return false
  return selects(manifest, selector.at('matchLabels'), workload)
}

function checkBudget({ name, place }: Manifest, replicas: number): Finding[] {
  const [least, most] = [place.at('spec', 'minAvailable'), place.at('spec', 'maxUnavailable')]
  const kept = shareOf(least.value, replicas, Math.ceil)
  const gone = shareOf(most.value, replicas, Math.ceil)
  const away = kept === undefined ? gone : replicas - kept
  const where = kept === undefined ? most : least
  if (away === undefined) return []
  if (away <= 0) {
    return [
      error(
        where,
        `PodDisruptionBudget ${name} lets no pod of ${replicas} go, so no node of theirs can ever be drained: let maxUnavailable be 1.`,
      ),
    ]
  }
  if (away < replicas || replicas === 1) return []
  return [
    error(
      where,
      `PodDisruptionBudget ${name} lets all ${replicas} pods go at once: let maxUnavailable be 1.`,
    ),
  ]
}

/** A number of pods, or a share of them in percent; undefined where nothing is said. */
function shareOf(value: unknown, replicas: number, round: (count: number) => number): number | undefined {
  if (typeof value === 'number') return value
  const [, percent] = /^(\d+)%$/.exec(String(value)) ?? []
  return percent === undefined ? undefined : round((Number(percent) * replicas) / 100)
}
