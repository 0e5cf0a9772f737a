import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { handler } from './handler.js'

export const server = createServer(handler)
const sockets = new WebSocketServer({ server })
sockets.on('connection', (socket) => {
  socket.on('message', (text) => socket.send(`${text} from ${process.pid}`))
})

/** Goes away in the words of the protocol, so that clients come back to another worker. */
export function drain() {
  for (const socket of sockets.clients) socket.close(1001, 'going away')
}
