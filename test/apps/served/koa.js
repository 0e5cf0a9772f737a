import Koa from 'koa'
import { identity } from './identity.js'

const app = new Koa()
app.use((context) => {
  context.body = context.path === '/echo' ? context.req : identity(context.url)
})
export default app
