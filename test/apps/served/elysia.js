import { Elysia } from 'elysia'
import { identity } from './identity.js'

export const app = new Elysia()
  .get('/', ({ request }) => identity(request.url))
  .post('/echo', ({ body }) => body)
