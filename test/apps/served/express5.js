import express from 'express'
import { identity } from './identity.js'

const app = express()
app.get('/', (request, response) => response.json(identity(request.url)))
app.post('/echo', express.text({ type: '*/*' }), (request, response) => response.send(request.body))
export default app
