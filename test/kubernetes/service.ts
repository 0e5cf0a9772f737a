import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { Target } from '../process/harness/request.js'

/** What a cluster puts in front of pods: each new connection goes to the next of those that it believes to be there. */
export interface Service extends Target {
  add(pod: Target): void
  remove(pod: Target): void
}

/** A Service that knows no HTTP: connections that are open stay where they are, as those through kube-proxy do. */
export async function startService(t: TestContext): Promise<Service> {
  const endpoints: Target[] = []
  const open = new Set<Socket>()
  let turn = 0
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const pod = endpoints[turn++ % endpoints.length]
    if (pod === undefined) {
      client.resetAndDestroy()
      return
    }
    const upstream = net.connect({ host: '127.0.0.1', port: pod.port, allowHalfOpen: true })
    join(client, upstream)
    join(upstream, client)
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return {
    port: (server.address() as AddressInfo).port,
    add: (pod) => endpoints.push(pod),
    remove: (pod) => endpoints.splice(endpoints.indexOf(pod), 1),
  }
}

/** Passes on what one side sends, its end, and its failure. */
function join(from: Socket, to: Socket): void {
  from.pipe(to)
  from.on('error', () => to.resetAndDestroy())
}
