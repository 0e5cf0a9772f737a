import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { handler } from './handler.js'

export const server = createServer(handler)
const io = new Server(server, { transports: ['websocket'] })
io.on('connection', (socket) => {
  socket.on('message', (text) => socket.emit('message', `${text} from ${process.pid}`))
})

export function drain() {
  io.disconnectSockets(true)
}
