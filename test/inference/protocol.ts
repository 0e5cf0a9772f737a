import type { RunningServer } from './server.js'

/** A tensor as the protocol has it in JSON. */
export interface ProtocolTensor {
  name: string
  datatype: string
  shape: number[]
  data?: unknown
  parameters?: Record<string, unknown>
}

export interface ProtocolAnswer {
  status: number
  headers: Headers
  /** The JSON of the body, or of its head when binary data follows. */
  body: {
    error?: string
    id?: string
    parameters?: Record<string, unknown>
    model_name?: string
    model_version?: string
    outputs?: ProtocolTensor[]
  } & Record<string, unknown>
  binary: Buffer
}

export interface Call {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array | object
}

/** One call of the server, whatever it answers. */
export async function call(
  server: RunningServer,
  path: string,
  { method, headers, body }: Call = {},
): Promise<ProtocolAnswer> {
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const response = await fetch(`${server.url}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    signal: AbortSignal.timeout(20_000),
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const length = response.headers.get('inference-header-content-length')
  const head = bytes.subarray(0, length === null ? bytes.length : Number(length))
  return {
    status: response.status,
    headers: response.headers,
    body: head.length === 0 ? {} : JSON.parse(head.toString()),
    binary: bytes.subarray(head.length),
  }
}

/** JSON with binary data behind it, and the headers that say so. */
export function withBinary(request: object, ...data: Buffer[]): Call {
  const head = Buffer.from(JSON.stringify(request))
  return {
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
    body: Buffer.concat([head, ...data]),
  }
}
