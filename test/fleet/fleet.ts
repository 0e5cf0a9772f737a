import type { TestContext } from 'node:test'
import { probeSource, temporaryFolder } from '../process/harness/application.js'
import { type CommandResult, nworkersctl } from '../process/harness/control.js'
import { type Server, startServer } from '../process/harness/server.js'
import { createHosts, type Host } from './network.js'

/** A host that serves, as `docs/fleet.md` has it. */
export interface FleetHost {
  host: Host
  /** The server of now: another one after a start anew. */
  server: Server
  /** Puts a release in place, without a reload. */
  deploy(version: string): void
  /** Puts a release in place that throws while it is loaded. */
  break(): void
  /** Runs nworkersctl on the host. */
  ctl(...words: string[]): Promise<CommandResult>
  /** Starts the server that has ended anew. */
  restart(): Promise<void>
}

/** Three hosts that serve version 1. */
export async function startFleet(t: TestContext, args: string[] = []): Promise<FleetHost[]> {
  const hosts = createHosts(t, ['a', 'b', 'c'])
  return await Promise.all(hosts.map((host) => startHost(t, host, args)))
}

async function startHost(t: TestContext, host: Host, args: string[]): Promise<FleetHost> {
  const { folder, path, deploy } = temporaryFolder(t, { 'app.mjs': probeSource('1') })
  const socket = path('control.sock')
  const start = () =>
    startServer(t, {
      app: 'app',
      cwd: folder,
      prefix: host.enter,
      args: ['-w', '2', '-b', '0.0.0.0:8000', '--admin', '0.0.0.0:9000', '--control-socket', socket, ...args],
    })
  const fleetHost: FleetHost = {
    host,
    server: await start(),
    deploy: (version) => deploy('app.mjs', probeSource(version)),
    break: () => deploy('app.mjs', 'throw new Error("broken on purpose")'),
    ctl: (...words) => nworkersctl(['-s', socket, ...words]),
    async restart() {
      fleetHost.server = await start()
    },
  }
  return fleetHost
}
