import { createError } from '../errors.js'
import type { Given } from '../settings/resolve.js'
import type { Settings } from '../settings/settings.js'
import { type BindAddress, bindText } from '../sockets/address.js'
import { unitText } from './exec-line.js'
import { unitName } from './unit-name.js'

/**
 * The socket unit that listens where the settings say, for a service unit of the same name.
 * @throws NWORKERS_E_USAGE for an address that is itself a passed socket
 */
export function socketUnit({ given, settings }: { given: Given; settings: Settings }): string {
  const name = unitName(settings)
  return `# Made by "nworkers init systemd --socket". It keeps listening while the service restarts, so connections wait.
[Unit]
Description=Sockets of ${name}

[Socket]
${settings.bind.map((address) => `ListenStream=${stream(address)}`).join('\n')}
# The workers accept by themselves, from the listening socket.
Accept=no
${given.backlog === undefined ? '' : `# The service needs the same --backlog, since each worker sets it when it listens.\nBacklog=${settings.backlog}\n`}\

[Install]
WantedBy=sockets.target
`
}

function stream(address: BindAddress): string {
  if (address.kind === 'fd') {
    const problem = `${bindText(address)} is a socket that is passed already, and no address for a socket unit.`
    throw createError('NWORKERS_E_USAGE', problem)
  }
  if (address.kind === 'unix') return unitText(address.path)
  return bindText(address)
}
