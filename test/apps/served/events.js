import { handler } from './handler.js'

const streams = new Set()

// Server-sent events: an answer that never ends by itself.
export function app(request, response) {
  if (request.url !== '/events') return handler(request, response)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const timer = setInterval(() => response.write(`data: ${process.pid}\n\n`), 50)
  streams.add(response)
  response.on('close', () => {
    streams.delete(response)
    clearInterval(timer)
  })
}

export function drain() {
  for (const response of streams) response.end('event: bye\ndata: bye\n\n')
}
