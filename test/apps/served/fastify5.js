import Fastify from 'fastify'
import { identity, tell } from './identity.js'

const app = Fastify()
app.register(async (plugin) => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  plugin.get('/', (request) => identity(request.url))
  plugin.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  plugin.post('/echo', (request) => request.body)
})
app.addHook('onClose', async () => tell('onClose ran'))
export default app
