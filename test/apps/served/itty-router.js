import { AutoRouter } from 'itty-router'
import { identity } from './identity.js'

export default AutoRouter()
  .get('/', (request) => identity(request.url))
  .post('/echo', async (request) => new Response(await request.text()))
