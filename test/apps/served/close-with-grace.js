import closeWithGrace from 'close-with-grace'
import Fastify from 'fastify'
import { identity, tell } from './identity.js'

export const app = Fastify()
app.get('/', (request) => identity(request.url))
closeWithGrace({ delay: 10_000 }, async ({ signal }) => {
  tell(`closed with grace by ${signal}`)
  await app.close()
})
