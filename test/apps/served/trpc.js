import { initTRPC } from '@trpc/server'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { handler } from './handler.js'

const trpc = initTRPC.create()
const router = trpc.router({ pid: trpc.procedure.query(() => process.pid) })
const procedures = createHTTPHandler({ router })

export default (request, response) =>
  request.url.startsWith('/pid') ? procedures(request, response) : handler(request, response)
