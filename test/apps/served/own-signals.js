import { createServer } from 'node:http'
import { handler } from './handler.js'
import { tell } from './identity.js'

// As the manuals of Node and Kubernetes have it.
export const server = createServer(handler)
process.on('SIGTERM', () => {
  server.close(() => {
    tell('closed its server')
    process.exit(0)
  })
})
