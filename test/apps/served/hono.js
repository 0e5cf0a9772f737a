import { Hono } from 'hono'
import { streamText } from 'hono/streaming'
import { identity, tell } from './identity.js'

const app = new Hono()
app.get('/', (context) => context.json(identity(context.req.url)))
app.post('/echo', async (context) => context.body(await context.req.text()))
app.get('/stream', (context) =>
  streamText(context, async (stream) => {
    for (let number = 0; number < 3; number++) {
      await stream.write(`${number} `)
      await stream.sleep(20)
    }
  }),
)
app.get('/cookies', (context) => {
  context.header('set-cookie', 'a=1')
  context.header('set-cookie', 'b=2', { append: true })
  return context.text('cookies')
})
app.get('/aborted', async (context) => {
  await new Promise((resolve) => context.req.raw.signal.addEventListener('abort', resolve))
  tell('aborted')
  return context.text('never seen')
})
app.get('/later', (context) => {
  context.executionCtx.waitUntil(
    new Promise((resolve) => setTimeout(resolve, 1_000)).then(() => tell('waitUntil ended')),
  )
  return context.text('answered')
})
export default app
