import Hapi from '@hapi/hapi'
import { identity, tell } from './identity.js'

const server = Hapi.server()
server.route({ method: 'GET', path: '/', handler: (request) => identity(request.raw.req.url) })
server.route({ method: 'POST', path: '/echo', handler: ({ payload }) => payload })
server.ext('onPreStart', () => tell('onPreStart ran'))
server.ext('onPostStop', () => tell('onPostStop ran'))

export { server }
