import { spawn } from 'node:child_process'
import { request } from 'node:http'
import path from 'node:path'
import type { TestContext } from 'node:test'
import type { Status } from '../../../src/control/status.js'
import { projectFolder, temporaryFolder } from './application.js'
import { recordOutput } from './output.js'
import { within } from './poll.js'
import { type Server, type ServerOptions, serverNode, startServer } from './server.js'

/** The control socket of a server. */
export interface Control {
  socketPath: string
  /** Runs nworkersctl against it. */
  ctl(...words: string[]): Promise<CommandResult>
  status(): Promise<Status>
}

export interface CommandResult {
  code: number | null
  stdout: string
  stderr: string
}

const script = path.join(projectFolder, 'bin/nworkersctl.js')

/** Starts a server with a control socket of its own. */
export async function startControlled(
  t: TestContext,
  options: ServerOptions = {},
): Promise<{ server: Server; control: Control }> {
  const socketPath = temporaryFolder(t).path('control.sock')
  const args = ['--control-socket', socketPath, ...(options.args ?? [])]
  const server = await startServer(t, { ...options, args })
  const control: Control = {
    socketPath,
    ctl: (...words) => nworkersctl(['-s', socketPath, ...words]),
    status: async () => JSON.parse((await ask(socketPath, 'GET', '/v1/status')).body) as Status,
  }
  return { server, control }
}

/** Runs nworkersctl with these words. */
export async function nworkersctl(
  words: string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<CommandResult> {
  const child = spawn(serverNode, [script, ...words], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr] = [recordOutput(child.stdout), recordOutput(child.stderr)]
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  const code = await within(closed, { deadline: 60_000, what: `nworkersctl ${words.join(' ')} ends` })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

/** One request to a control socket, as curl would send it. */
export function ask(
  socketPath: string,
  method: string,
  route: string,
  body?: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path: route }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
    sent.setTimeout(20_000, () => sent.destroy(new Error('no answer')))
    sent.on('error', reject)
    sent.end(body)
  })
}
