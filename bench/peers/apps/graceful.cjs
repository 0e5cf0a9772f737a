// The same app with the clean-up that PM2's documentation asks for.
const { createServer } = require('node:http')

let isEnding = false
const server = createServer((_request, response) => {
  if (isEnding) response.setHeader('connection', 'close')
  response.end('hello\n')
})
server.listen(Number(process.env.PORT), '127.0.0.1', () => process.send?.('ready'))
process.on('SIGINT', () => {
  isEnding = true
  server.close(() => process.exit(0))
})
