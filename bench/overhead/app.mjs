// The app of the benchmark of overhead: the least that an app can do. Run by itself it listens at a free port.
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

export default function app(_request, response) {
  response.end('ok')
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.env.NWORKERS_WORKER_SLOT === undefined) {
  const server = createServer(app)
  server.keepAliveTimeout = 75_000
  server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`))
}
