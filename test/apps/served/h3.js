import { H3 } from 'h3'
import { identity } from './identity.js'

export const app = new H3()
  .get('/', (event) => identity(event.req.url))
  .post('/echo', (event) => event.req.text())
