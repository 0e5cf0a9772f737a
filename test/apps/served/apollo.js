import { createServer } from 'node:http'
import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer'
import { expressMiddleware } from '@as-integrations/express5'
import express from 'express'
import { identity, tell } from './identity.js'

const app = express()
export const server = createServer(app)
const apollo = new ApolloServer({
  typeDefs: 'type Query { pid: Int! }',
  resolvers: { Query: { pid: () => process.pid } },
  plugins: [ApolloServerPluginDrainHttpServer({ httpServer: server })],
})
await apollo.start()
app.use('/graphql', express.json(), expressMiddleware(apollo))
app.get('/', (request, response) => response.json(identity(request.url)))
app.post('/echo', (request, response) => request.pipe(response))

export async function stop() {
  await apollo.stop()
  tell('apollo stopped')
}
