import app from './fastify5.js'

await app.listen({ port: 3000 })
