import { once } from 'node:events'
import { get, type Server } from 'node:http'
import { loadApp } from '../../src/app/load.js'
import { NworkersError } from '../../src/errors.js'

/** A loaded app: its kind, its hooks, and its answer over a real socket. */
export interface Served {
  kind: string
  hooks: string[]
  status: number
  body: string
}

/** A refusal: the parts of the error that users and scripts rely on. */
export interface Refused {
  code: string
  exitCode: number
  message: string
}

const REQUEST_DEADLINE_MS = 10_000

/** Loads an app, serves it on a free port, asks it once and closes it. */
export async function outcomeOf(specifier: string, chdir: string, path = '/'): Promise<Served | Refused> {
  try {
    const app = await loadApp(specifier, { chdir })
    const hooks = [app.stop && 'stop', app.drain && 'drain'].filter((name) => name !== undefined)
    return { kind: app.kind, hooks, ...(await ask(app.server, path)) }
  } catch (error) {
    if (!(error instanceof NworkersError)) throw error
    return { code: error.code, exitCode: error.exitCode, message: error.message }
  }
}

/** The answer of a server that does not listen yet. It is closed afterwards. */
export async function ask(server: Server, path: string): Promise<{ status: number; body: string }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await answer(server, path)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function answer(server: Server, path: string): Promise<{ status: number; body: string }> {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  const signal = AbortSignal.timeout(REQUEST_DEADLINE_MS)
  const request = get({ port: address.port, host: '127.0.0.1', path, agent: false, signal })
  const [response] = await once(request, 'response')
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return { status: response.statusCode, body }
}
