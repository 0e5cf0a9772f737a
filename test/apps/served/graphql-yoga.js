import { createSchema, createYoga } from 'graphql-yoga'
import { identity } from './identity.js'

const yoga = createYoga({
  schema: createSchema({
    typeDefs: 'type Query { pid: Int! }',
    resolvers: { Query: { pid: () => process.pid } },
  }),
})

// A part of an app of the web's kind, beside its other routes.
export default {
  fetch(request, ...rest) {
    const { pathname } = new URL(request.url)
    if (pathname === '/graphql') return yoga.fetch(request, ...rest)
    return pathname === '/echo' ? new Response(request.body) : Response.json(identity(request.url))
  },
}
