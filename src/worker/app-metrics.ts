import { createRequire } from 'node:module'
import type { MetricFamily } from '../ipc/metrics.js'
import { sharedRegistries } from '../metrics-registry.js'
import { send } from './channel.js'

/** As much of a registry of prom-client as is needed here. */
interface Registry {
  getMetricsAsJSON(): Promise<MetricFamily[]>
}

const { cache } = createRequire(import.meta.url)
const entryOfPromClient = /[\\/]prom-client[\\/]index\.js$/

/** Tells the arbiter the metrics of the app. Resolves when it is told, or can't be. */
export async function tellAppMetrics(): Promise<void> {
  const families = await readAppMetrics()
  await new Promise<void>((resolve) => send({ type: 'metrics', families }, resolve))
}

/**
 * The metrics of the app: those of the default registry of each copy of prom-client that it has loaded, and of the
 * registries that it has shared by itself. Nothing is loaded for it. Registries that fail are left out.
 */
async function readAppMetrics(): Promise<MetricFamily[]> {
  const defaults = Object.keys(cache)
    .filter((file) => entryOfPromClient.test(file))
    .map((file): unknown => cache[file]?.exports?.register)
  const registries = [...new Set([...defaults, ...sharedRegistries()])].filter(isRegistry)
  const found = await Promise.allSettled(registries.map((registry) => registry.getMetricsAsJSON()))
  return found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
}

function isRegistry(value: unknown): value is Registry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'getMetricsAsJSON' in value &&
    typeof value.getMetricsAsJSON === 'function'
  )
}
