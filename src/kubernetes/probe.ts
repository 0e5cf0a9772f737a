import { numberAt, type Place, textAt } from './place.js'

export type ProbeKind = 'startup' | 'readiness' | 'liveness'

/** A question that the kubelet asks again and again. */
export interface Probe {
  kind: ProbeKind
  place: Place
  /** The port that is asked; undefined where a name is none of the container's. */
  port: number | undefined
  /** How it is asked; what is neither HTTP nor a connection can't be judged. */
  how: 'http' | 'tcp' | 'other'
  path: string
  isSecure: boolean
  /** How long it may fail from the start of the container until it counts. Seconds. */
  patience: number
  /** How long until a change is noticed. Seconds. */
  reaction: number
}

const kinds: readonly ProbeKind[] = ['startup', 'readiness', 'liveness']

/** The probes of a container, with the cluster's defaults where nothing is said. */
export function probesOf(container: Place): Probe[] {
  return kinds.flatMap((kind) => {
    const place = container.at(`${kind}Probe`)
    return place.value === undefined ? [] : [readProbe(kind, place, container)]
  })
}

function readProbe(kind: ProbeKind, place: Place, container: Place): Probe {
  const http = place.at('httpGet')
  const tcp = place.at('tcpSocket')
  const how = http.value !== undefined ? 'http' : tcp.value !== undefined ? 'tcp' : 'other'
  const period = numberAt(place.at('periodSeconds')) ?? 10
  const reaction = period * (numberAt(place.at('failureThreshold')) ?? 3)
  return {
    kind,
    place,
    how,
    port: portAt((how === 'http' ? http : tcp).at('port'), container),
    path: textAt(http.at('path')) ?? '/',
    isSecure: textAt(http.at('scheme')) === 'HTTPS',
    patience: (numberAt(place.at('initialDelaySeconds')) ?? 0) + reaction,
    reaction,
  }
}

/** A port may be a number or the name of one. */
function portAt(place: Place, container: Place): number | undefined {
  const { value } = place
  if (typeof value === 'number') return value
  const named = container
    .at('ports')
    .items()
    .find((port) => textAt(port.at('name')) === value)
  return named && numberAt(named.at('containerPort'))
}
