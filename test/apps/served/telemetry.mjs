// What `--import` gives each worker: spans of its HTTP requests, sent to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names.
import { register } from 'node:module'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { NodeSDK, resources } from '@opentelemetry/sdk-node'

// So that modules imported later can be instrumented.
register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)
const { NWORKERS_WORKER_SLOT: slot, NWORKERS_WORKER_GENERATION: generation } = process.env
const sdk = new NodeSDK({
  serviceName: 'shop',
  resource: resources.resourceFromAttributes({
    'service.instance.id': `slot-${slot}`,
    'service.generation': generation,
  }),
  traceExporter: new OTLPTraceExporter(),
  instrumentations: [new HttpInstrumentation()],
})
sdk.start()
// Runs when the last connection has ended; nworkers waits for the promise.
process.once('SIGTERM', () => sdk.shutdown())
