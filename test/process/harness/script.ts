import net from 'node:net'
import type { TestContext } from 'node:test'
import { probeSource, temporaryFolder } from './application.js'
import { startServer } from './server.js'

/** The source of a script whose server is the probe, and what it does with it. It exports nothing. */
export function script(what: string, version = 'script'): string {
  return exporting(`const server = createServer(app)\n${what}`, version).replace(
    'export const app',
    'const app',
  )
}

/** The source of a module that exports the probe's handler, and does this. */
export function exporting(what: string, version = 'script'): string {
  return `import { createServer } from 'node:http'\n${probeSource(version)}\n${what}\n`
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A source served without an address, at the one that it chooses. */
export async function startScript(t: TestContext, source: (port: number) => string, args: string[] = []) {
  const port = await freePort()
  const folder = temporaryFolder(t, { 'server.mjs': source(port) })
  const server = await startServer(t, {
    app: folder.path('server.mjs'),
    args: ['-w', '2', ...args],
    withoutBind: true,
  })
  return { server, port, folder, target: { port } }
}
