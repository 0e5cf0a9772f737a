const { send, serve, text } = require('micro')

module.exports = serve(async (request, response) => {
  if (request.url === '/echo') return text(request)
  const { identity } = await import('./identity.js')
  send(response, 200, identity(request.url))
})
