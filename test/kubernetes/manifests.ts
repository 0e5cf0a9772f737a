import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseAllDocuments } from 'yaml'
import { projectFolder } from '../process/harness/application.js'
import { adapt } from '../proxies/page.js'

/** Where the manifests are that are shipped. */
export const folder = path.join(projectFolder, 'deploy/kubernetes')

/** Every manifest that is shipped, by its file. */
export const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'))

export function textOf(file: string): string {
  return readFileSync(path.join(folder, file), 'utf8')
}

/** An object as a manifest has it. */
export interface ApiObject {
  apiVersion: string
  kind: string
  [field: string]: unknown
}

/** The objects of a manifest. */
export function objectsOf(text: string): ApiObject[] {
  return [...parseAllDocuments(text)].map((document): ApiObject => document.toJS())
}

/** What a kubelet needs to know of the shipped Deployment. */
export interface Container {
  command: string[]
  args: string[]
  ports: { name: string; containerPort: number }[]
  startupProbe: ProbeSpec
  readinessProbe: ProbeSpec
  livenessProbe: ProbeSpec
}

export interface ProbeSpec {
  httpGet: { path: string; port: string }
  periodSeconds: number
  failureThreshold: number
}

export interface PodSpec {
  terminationGracePeriodSeconds: number
  containers: Container[]
}

/** The pod of the shipped Deployment, and its only container. */
export function shippedPod(): { spec: PodSpec; container: Container } {
  const [deployment] = objectsOf(textOf('deployment.yaml'))
  // Sound because another test checks it against the types of the API.
  const { spec } = deployment as unknown as { spec: { template: { spec: PodSpec } } }
  const [container] = spec.template.spec.containers
  if (container === undefined) throw new Error('The Deployment has no container.')
  return { spec: spec.template.spec, container }
}

/** The shipped Deployment with each of these put in place of what stands there. */
export function deploymentWith(...changes: [before: string, after: string][]): string {
  return adapt(textOf('deployment.yaml'), ...changes)
}
