import type { TestContext } from 'node:test'
import { poll } from '../process/harness/poll.js'
import { signalProcess } from '../process/harness/processes.js'
import { type Answer, request, type Target } from '../process/harness/request.js'
import { ended, type Server, type ServerOptions, startServer } from '../process/harness/server.js'
import type { Service } from './service.js'

/** A real nworkers, treated as a kubelet treats a pod. */
export interface Pod extends Target {
  server: Server
  /** What the admin address answers. */
  page(path: string): Promise<Answer>
  /** What a probe of this path gets. */
  probe(path: string): Promise<number>
  /** Takes part in the service from when it is ready and the cluster has heard of it. */
  join(service: Service): Promise<void>
  /** Ends it, as the cluster does: TERM now, no new connections after the lag, KILL at the end of the grace period. */
  end(service: Service, times: { lag: number; grace: number }): Promise<Termination>
}

export interface Termination {
  isKilled: boolean
  /** Of the process, where it was not killed. */
  code: number | null
  /** Milliseconds from TERM. */
  took: number
}

/** Starts a pod with these arguments. The admin address is always there. */
export async function startPod(t: TestContext, options: ServerOptions & { args: string[] }): Promise<Pod> {
  const server = await startServer(t, { ...options, args: ['--admin', '0', ...options.args] })
  const [, admin] = await server.waitForLog(/Admin page: http:\/\/127\.0\.0\.1:(\d+)/)
  const page = (path: string) => request({ port: Number(admin) }, path)
  const probe = async (path: string) => (await page(path)).status
  const pod: Pod = {
    server,
    port: server.port,
    page,
    probe,
    async join(service) {
      await poll(async () => (await probe('/readyz')) === 200, { what: 'the pod is ready' })
      service.add(pod)
    },
    async end(service, { lag, grace }) {
      const began = performance.now()
      let isKilled = false
      // KILL ends a whole container, not only its first process.
      const kill = setTimeout(() => {
        isKilled = true
        for (const pid of server.processes()) signalProcess(pid, 'SIGKILL')
      }, grace)
      server.signal('SIGTERM')
      await new Promise((resolve) => setTimeout(resolve, lag))
      service.remove(pod)
      const exit = await server.exit.finally(() => clearTimeout(kill))
      const took = performance.now() - began
      if (isKilled) return { isKilled, code: null, took }
      await ended(server)
      return { isKilled, code: exit.code, took }
    },
  }
  return pod
}
