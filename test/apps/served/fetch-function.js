import { identity } from './identity.js'

export const handler = async (request) =>
  new URL(request.url).pathname === '/echo'
    ? new Response(await request.text())
    : Response.json(identity(request.url))
