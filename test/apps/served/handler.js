import { identity } from './identity.js'

export async function handler(request, response) {
  if (request.url.startsWith('/echo')) {
    request.pipe(response)
    return
  }
  response.setHeader('content-type', 'application/json').end(JSON.stringify(identity(request.url)))
}
