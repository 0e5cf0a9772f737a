import { error, type Finding } from './finding.js'
import type { Manifest } from './manifest.js'
import { numberAt, type Place, textAt } from './place.js'
import type { Server } from './server.js'
import { selects, type Workload } from './workload.js'

/** Whether the Services in front of a pod send to ports where its container listens. */
export function checkServices(server: Server, manifests: readonly Manifest[]): Finding[] {
  const { workload, settings } = server
  // Sockets that are passed in may be at any port.
  if (settings.bind.some(({ kind }) => kind === 'fd')) return []
  return manifests
    .filter(
      (manifest) =>
        manifest.kind === 'Service' && selects(manifest, manifest.place.at('spec', 'selector'), workload),
    )
    .flatMap(({ name, place }) =>
      place
        .at('spec', 'ports')
        .items()
        .flatMap((port) => checkPort(name, port, server)),
    )
}

function checkPort(service: string, entry: Place, server: Server): Finding[] {
  const target = entry.at('targetPort')
  const place = target.value === undefined ? entry.at('port') : target
  const ports = portsOf(server.workload)
  const port = typeof place.value === 'string' ? ports.get(place.value)?.number : numberAt(place)
  const open = openPorts(server)
  const isOfAnother = [...ports.values()].some(
    ({ number, container }) => number === port && container !== server.container.line,
  )
  if (isOfAnother || (port !== undefined && open.includes(port))) return []
  const what = port === undefined ? `a port ${place.value} that no container names` : `port ${port}`
  return [
    error(
      place,
      `Service ${service} sends to ${what}, and nworkers listens at ${open.join(' and ')}: let targetPort be ${open[0]}.`,
    ),
  ]
}

function openPorts({ settings }: Server): number[] {
  const { admin, bind, privatePort } = settings
  const bound = bind.flatMap((address) => (address.kind === 'tcp' ? [address.port] : []))
  return [...bound, ...(admin === undefined ? [] : [admin.port]), ...privatePort]
}

/** The ports that the containers of a pod name, and the line of the container. */
function portsOf({ pod }: Workload): Map<string, { number: number; container: number }> {
  const ports = new Map<string, { number: number; container: number }>()
  for (const container of pod.at('containers').items()) {
    for (const port of container.at('ports').items()) {
      const number = numberAt(port.at('containerPort'))
      if (number !== undefined)
        ports.set(textAt(port.at('name')) ?? `${number}`, { number, container: container.line })
    }
  }
  return ports
}
