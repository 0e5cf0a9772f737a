import { identity } from './identity.js'

export default {
  async fetch(request) {
    if (new URL(request.url).pathname === '/echo') return new Response(request.body)
    return Response.json(identity(request.url))
  },
}
