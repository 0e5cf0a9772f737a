import path from 'node:path'
import type { TestContext } from 'node:test'
import type { Target } from '../process/harness/request.js'
import { type Server, startServer } from '../process/harness/server.js'
import { nodeBinary } from '../runner/node-binary.js'
import type { TestedApp } from './catalogue.js'
import { servedFolder } from './installation.js'

/** Where a certificate and its key are. */
export const certificates = path.join(servedFolder, 'certificate')

/** How the real command is started for an app of the catalogue. */
export function commandOf({ app, folder = '.', node, preload }: TestedApp) {
  return {
    app,
    args: preload === undefined ? [] : ['--import', preload],
    cwd: path.join(servedFolder, folder),
    env: { KEY: path.join(certificates, 'key.pem'), CERTIFICATE: path.join(certificates, 'certificate.pem') },
    ...(node && { node: nodeBinary(node) }),
  }
}

/** Serves an app with two workers. */
export async function deploy(
  t: TestContext,
  app: TestedApp,
  args: string[] = [],
): Promise<{ server: Server; target: Target }> {
  const command = commandOf(app)
  const server = await startServer(t, {
    ...command,
    args: ['-w', '2', '--drain-linger', '1', ...command.args, ...args],
    deadline: 60_000,
  })
  return { server, target: { port: server.port, secure: app.secure === true } }
}
