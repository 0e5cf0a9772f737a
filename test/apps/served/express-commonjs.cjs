const express = require('express')

const app = express()
app.get('/', async (request, response) => {
  const { identity } = await import('./identity.js')
  response.json(identity(request.url))
})
app.post('/echo', (request, response) => request.pipe(response))
module.exports = app
