import { error, type Finding } from './finding.js'
import type { Server } from './server.js'

/** Whether the cluster reaches the container where it listens, and how many workers it has. */
export function checkReach({ workload, settings, isByNode, placeOf }: Server): Finding[] {
  const { admin, bind } = settings
  const findings: Finding[] = []
  const isOnHost = workload.pod.at('hostNetwork').value === true
  if (!isOnHost && admin !== undefined && isLoopback(admin.host)) {
    findings.push(
      error(
        placeOf('admin'),
        `--admin listens at ${admin.host}, where neither the kubelet nor Prometheus reaches it: write --admin=:${admin.port}.`,
      ),
    )
  }
  const hosts = bind.map((address) => (address.kind === 'tcp' ? address.host : ''))
  if (!isOnHost && hosts.length > 0 && hosts.every(isLoopback)) {
    const [first] = bind
    const port = first?.kind === 'tcp' ? first.port : 8000
    findings.push(
      error(
        placeOf('bind'),
        `--bind listens at ${hosts[0]}, which only this pod reaches: write --bind=:${port}.`,
      ),
    )
  }
  if (isByNode) {
    findings.push(
      error(
        placeOf('workers'),
        '--workers=auto is one for each CPU of the limit, and there is none, so it is one for each CPU of the node: add resources.limits.cpu, or write a number.',
      ),
    )
  }
  const most = settings.maxWorkers ?? settings.workers
  if (settings.readyMin > most) {
    findings.push(
      error(
        placeOf('readyMin'),
        `--ready-min is ${settings.readyMin} and there are ${most} workers, so the pod is never ready: lower it to ${most}.`,
      ),
    )
  }
  return findings
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
