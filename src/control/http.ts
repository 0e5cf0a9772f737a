import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Refusal } from './refusal.js'

/** A request as a route sees it. */
export interface Call {
  /** What the groups of the route's pattern matched. */
  parts: string[]
  query: URLSearchParams
  /** The members of the JSON object in the body; none without a body. */
  body(): Promise<Partial<Record<string, unknown>>>
  /** Ends when the client has gone. */
  signal: AbortSignal
}

/** What a route answers. */
export type Reply =
  | { status?: number; json: unknown }
  | { status?: number; text: string; headers?: Record<string, string> }
  /** Each object that is told becomes a line, at once; the answer ends when the promise does. */
  | { lines: (tell: (line: object) => void) => Promise<void> }

export interface Route {
  method: 'GET' | 'POST'
  /** Matches the whole path. */
  path: RegExp
  reply(call: Call): Reply | Promise<Reply>
}

/** Bytes of a body: no order needs more. */
const longestBody = 4_096

/** More connections than an operator has tools are turned away, so that they cost the arbiter nothing. */
const mostConnections = 256

/** A request must be here whole within this, in milliseconds. */
const requestPatience = 5_000

/** A connection on which nothing moves is closed after this, in milliseconds. */
const idlePatience = 30_000

/** An HTTP server that answers by these routes and bears clients of every kind. It does not listen yet. */
export function createRoutedServer(routes: readonly Route[]): Server {
  const limits = {
    maxHeaderSize: 8_192,
    headersTimeout: requestPatience,
    requestTimeout: requestPatience,
    keepAliveTimeout: requestPatience,
    connectionsCheckingInterval: 1_000,
  }
  const server = createServer(limits, (request, response) => {
    // A client that goes away takes nothing with it.
    response.on('error', () => {})
    answer(routes, request, response).catch((error: unknown) => refuse(request, response, error))
  })
  server.maxConnections = mostConnections
  server.setTimeout(idlePatience)
  return server
}

async function answer(
  routes: readonly Route[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const there = routes.filter((route) => route.path.test(path))
  const route = there.find((candidate) => candidate.method === method)
  if (!route) {
    if (routes.length === 0) throw new Refusal(503, 'nworkers is starting.')
    if (there.length === 0) throw new Refusal(404, `There is nothing at ${path}.`)
    response.setHeader('Allow', there.map((candidate) => candidate.method).join(', '))
    throw new Refusal(405, `${path} does not take ${request.method}.`)
  }
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const reply = await route.reply({
    parts: route.path.exec(path)?.slice(1) ?? [],
    query: new URLSearchParams(query),
    body: () => readBody(request),
    signal: gone.signal,
  })
  await send(response, reply)
  // What is left of a body that nobody wanted.
  request.resume()
}

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  if ('lines' in reply) {
    // A rollout may be silent for long.
    response.req.socket.setTimeout(0)
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' })
    response.flushHeaders()
    await reply.lines((line) => {
      if (!response.writableEnded) response.write(`${JSON.stringify(line)}\n`)
    })
    response.end()
  } else if ('json' in reply) {
    sendText(response, reply.status, `${JSON.stringify(reply.json)}\n`, {
      'Content-Type': 'application/json',
    })
  } else {
    sendText(response, reply.status, reply.text, reply.headers)
  }
}

function sendText(
  response: ServerResponse,
  status = 200,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  })
  response.end(text)
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const known = error instanceof Refusal
  const message = error instanceof Error ? error.message : String(error)
  if (response.headersSent) {
    response.destroy()
    return
  }
  // The rest of a body that is too long is not worth reading.
  if (!request.complete) response.shouldKeepAlive = false
  const code = 'NWORKERS_E_CONTROL'
  sendText(response, known ? error.status : 500, `${JSON.stringify({ error: { code, message } })}\n`, {
    'Content-Type': 'application/json',
  })
}

async function readBody(request: IncomingMessage): Promise<Partial<Record<string, unknown>>> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) {
    text += chunk
    if (text.length > longestBody) throw new Refusal(413, `A body may have ${longestBody} bytes.`)
  }
  if (text.trim() === '') return {}
  const value = parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(400, 'The body must be a JSON object, such as {"workers":4}.')
  }
  return { ...value }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
