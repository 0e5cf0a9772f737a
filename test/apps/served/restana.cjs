const restana = require('restana')

const service = restana()
service.get('/', async (request, response) => {
  const { identity } = await import('./identity.js')
  response.send(identity(request.url))
})
service.post('/echo', (request, response) => request.pipe(response))
module.exports = service.callback()
