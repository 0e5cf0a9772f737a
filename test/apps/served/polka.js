import polka from 'polka'
import { identity } from './identity.js'

export default polka()
  .get('/', (request, response) => response.end(JSON.stringify(identity(request.url))))
  .post('/echo', (request, response) => request.pipe(response))
