/** Registered, so that an app with a copy of this package of its own finds the same list. */
const key = Symbol.for('nworkers.metrics')

/**
 * Adds a registry of prom-client to the metrics that nworkers collects from all workers. The default registry, `register`,
 * is collected without that.
 */
export function shareMetrics(registry: { getMetricsAsJSON(): Promise<unknown> }): void {
  Reflect.set(globalThis, key, [...sharedRegistries(), registry])
}

/** The registries that the app has shared. */
export function sharedRegistries(): unknown[] {
  const shared: unknown = Reflect.get(globalThis, key)
  return Array.isArray(shared) ? shared : []
}
