import { Counter, Histogram } from 'prom-client'

// They live in prom-client's default register, where nworkers looks for the metrics of an app: it adds up those of all
// workers.

/** From the moment a request's inputs were read to the start of its run. */
export const queueSeconds = new Histogram({
  name: 'inference_queue_seconds',
  help: 'Time that requests waited for the model.',
  buckets: [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
})

export const computeSeconds = new Histogram({
  name: 'inference_compute_seconds',
  help: 'Time that one run of the model took.',
  buckets: [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1],
})

export const batchSize = new Histogram({
  name: 'inference_batch_size',
  help: 'Requests that were computed as one run.',
  buckets: [1, 2, 4, 8, 16, 32, 64],
})

/** Why a request was not computed. */
export type Reason = 'queue-full' | 'deadline' | 'client-gone'

export const rejected = new Counter({
  name: 'inference_rejected_total',
  help: 'Requests that were not computed, by reason.',
  labelNames: ['reason'] as const,
})
