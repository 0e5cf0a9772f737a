import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { recordOutput } from '../process/harness/output.js'
import { poll, within } from '../process/harness/poll.js'
import { request, type Target } from '../process/harness/request.js'

/** Starts a proxy in the foreground, waits until an answer of the app comes through, and ends it after the test. */
export async function startProxy(
  t: TestContext,
  [file = '', ...args]: string[],
  target: Target,
): Promise<void> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = [recordOutput(child.stdout), recordOutput(child.stderr)]
  const exit = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGTERM')
    await within(exit, { what: `${file} ends` })
  })
  await poll(async () => (await request(target)).status === 200, { what: `${file} passes on` }).catch(
    (error) => {
      throw new Error(output.map((stream) => stream.text()).join(''), { cause: error })
    },
  )
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
