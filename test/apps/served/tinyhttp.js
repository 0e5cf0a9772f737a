import { App } from '@tinyhttp/app'
import { identity } from './identity.js'

export const app = new App()
  .get('/', (request, response) => response.json(identity(request.url)))
  .post('/echo', (request, response) => request.pipe(response))
