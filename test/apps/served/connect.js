import connect from 'connect'
import { identity } from './identity.js'

const app = connect()
app.use('/echo', (request, response) => request.pipe(response))
app.use((request, response) => response.end(JSON.stringify(identity(request.originalUrl))))
export default app
