import type { Manifest } from './manifest.js'
import { type Place, textsAt } from './place.js'

/** An object that makes pods. */
export interface Workload extends Manifest {
  /** The specification of its pods. */
  pod: Place
  /** The labels of its pods. */
  labels: Readonly<Record<string, string>>
}

/** Where each kind has the template of its pods. Jobs are none: they serve nobody. */
const templates: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  Rollout: ['spec', 'template'],
}

/** Those of the objects that make pods which serve. */
export function workloadsIn(manifests: readonly Manifest[]): Workload[] {
  return manifests.flatMap((manifest) => {
    const path = Object.hasOwn(templates, manifest.kind) ? templates[manifest.kind] : undefined
    if (path === undefined) return []
    const template = manifest.place.at(...path)
    return [{ ...manifest, pod: template.at('spec'), labels: textsAt(template.at('metadata', 'labels')) }]
  })
}

/** Whether an object is beside the workload and these labels of its selector are those of the pods. */
export function selects(manifest: Manifest, labels: Place, workload: Workload): boolean {
  const wanted = Object.entries(textsAt(labels))
  return (
    isBeside(manifest, workload) &&
    wanted.length > 0 &&
    wanted.every(([key, value]) => workload.labels[key] === value)
  )
}

/** Whether both are in one namespace; where a manifest does not say it, "kubectl apply -n" does. */
export function isBeside(one: Manifest, other: Manifest): boolean {
  return one.namespace === other.namespace || one.namespace === '' || other.namespace === ''
}
