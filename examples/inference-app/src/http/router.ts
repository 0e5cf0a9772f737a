import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type Answer, json, sendAnswer } from './answer.js'
import { Refusal } from './refusal.js'

/** Answers a request, or throws a refusal. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Answer | Promise<Answer>

/** What a path answers, by method. */
export type Methods = { GET?: Handler; POST?: Handler }

/** The methods of a path, if this part of the app knows it. May throw a refusal. */
export type Routes = (path: string) => Methods | undefined

/** A request listener that asks these parts of the app in turn; `headers` go with every answer. */
export function createHandler(parts: Routes[], headers: Record<string, string>): RequestListener {
  return (request, response) => {
    answer(parts, request, response)
      .catch((error) => explain(error, response.destroyed))
      .then((found) => sendAnswer(request, response, { ...found, headers: { ...headers, ...found.headers } }))
      .catch((error) => console.error(error))
  }
}

/** The routes of paths that never change. */
export function fixedRoutes(table: Record<string, Methods>): Routes {
  const routes = new Map(Object.entries(table))
  return (path) => routes.get(path)
}

async function answer(parts: Routes[], request: IncomingMessage, response: ServerResponse): Promise<Answer> {
  const [path = '/'] = (request.url ?? '/').split('?', 1)
  const methods = findMethods(parts, path)
  if (!methods) throw new Refusal(404, 'There is nothing at this path; GET / tells what there is.')
  // Node leaves the body away when it answers HEAD.
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const handler = method === 'GET' || method === 'POST' ? methods[method] : undefined
  if (handler) return handler(request, response)
  const allowed = Object.keys(methods).join(', ')
  throw new Refusal(405, `${path} takes no ${request.method}; it takes ${allowed}.`, { allow: allowed })
}

function findMethods(parts: Routes[], path: string): Methods | undefined {
  for (const part of parts) {
    const methods = part(path)
    if (methods) return methods
  }
  return undefined
}

function explain(error: unknown, clientIsGone: boolean): Answer {
  if (error instanceof Refusal) return json(error.status, { error: error.message }, error.headers)
  // A client that goes away amid its request is nobody's fault, and nobody reads the answer.
  if (!clientIsGone) console.error(error)
  return json(500, { error: 'The server failed at this request; its log says why.' })
}
