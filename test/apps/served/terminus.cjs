const { createTerminus } = require('@godaddy/terminus')
const { createServer } = require('node:http')

const server = createServer(async (request, response) => {
  const { identity } = await import('./identity.js')
  response.end(JSON.stringify(identity(request.url)))
})
createTerminus(server, {
  signals: ['SIGTERM', 'SIGINT'],
  healthChecks: { '/health': async () => 'well' },
  onSignal: async () => process.stderr.write(`terminus cleans up in ${process.pid}\n`),
})
module.exports = { server }
