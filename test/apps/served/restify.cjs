const restify = require('restify')

const server = restify.createServer()
server.get('/', async (request, response) => {
  const { identity } = await import('./identity.js')
  response.send(identity(request.url))
})
server.post('/echo', (request, response, next) => {
  request.pipe(response)
  response.on('finish', next)
})
module.exports = server
