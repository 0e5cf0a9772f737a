import http from 'node:http'
import https from 'node:https'

/** Where a server is reached. */
export interface Target {
  port: number
  socketPath?: string
  /** It speaks TLS, with a certificate that nobody vouches for. */
  secure?: boolean
}

export interface RequestOptions {
  method?: string
  body?: string
  headers?: http.OutgoingHttpHeaders
  /** A new connection for this request by default. */
  agent?: http.Agent | false
  host?: string
  /** Where the connection comes from. */
  localAddress?: string
  /** Milliseconds without an answer that make it a failure. */
  timeout?: number
}

export interface Answer {
  status: number
  headers: http.IncomingHttpHeaders
  body: string
  /** The worker that answered. */
  pid: number
  reusedSocket: boolean
}

/** A request that failed, told by what happened to its connection. */
export class RequestFailure extends Error {
  /** `ECONNRESET on a reused socket`, `timeout on a new socket`, `body ECONNRESET`. */
  readonly kind: string

  constructor(kind: string, cause: unknown) {
    super(kind, { cause })
    this.kind = kind
  }
}

/** An agent for the protocol that the target speaks. */
export function agentFor(target: Target, options: http.AgentOptions): http.Agent {
  return target.secure ? new https.Agent(options) : new http.Agent(options)
}

/** One request, never tried again. */
export function request(target: Target, path = '/', options: RequestOptions = {}): Promise<Answer> {
  const {
    method = 'GET',
    body,
    headers = {},
    agent = false,
    host = '127.0.0.1',
    localAddress,
    timeout = 30_000,
  } = options
  const where = target.socketPath ? { socketPath: target.socketPath } : { host, port: target.port }
  return new Promise((resolve, reject) => {
    const protocol = target.secure ? https : http
    const details = { ...where, localAddress, method, path, headers, agent, rejectUnauthorized: false }
    const sent = protocol.request(details, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', (error: NodeJS.ErrnoException) =>
        reject(new RequestFailure(`body ${error.code}`, error)),
      )
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text,
          pid: Number(response.headers['x-pid'] ?? 0),
          reusedSocket: sent.reusedSocket,
        }),
      )
    })
    sent.setTimeout(timeout, () => sent.destroy(Object.assign(new Error('timeout'), { code: 'timeout' })))
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const socket = sent.reusedSocket ? 'reused' : 'new'
      reject(new RequestFailure(`${error.code} on a ${socket} socket`, error))
    })
    sent.end(body)
  })
}

/** What the probe's `/` says about the worker that answered. */
export interface Identity {
  id: string | null
  pid: number
  slot: string
  generation: string
  count: string
  version: string
}

export async function identify(target: Target, options: RequestOptions = {}): Promise<Identity> {
  const answer = await request(target, '/', options)
  return JSON.parse(answer.body) as Identity
}

/** Tells whether nobody listens there. */
export function refuses(target: Target): Promise<boolean> {
  return request(target).then(
    () => false,
    (failure: RequestFailure) => failure.kind.startsWith('ECONNREFUSED'),
  )
}
