import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import { identity, tell } from './identity.js'

export const app = Fastify()
app.register(websocket)
app.register(async (plugin) => {
  plugin.get('/', (request) => identity(request.url))
  plugin.get('/socket', { websocket: true }, (socket) => {
    socket.on('message', (text) => socket.send(`${text} from ${process.pid}`))
  })
})
app.addHook('onClose', async () => tell('onClose ran'))

export function drain() {
  for (const socket of app.websocketServer.clients) socket.close(1001, 'going away')
}
