import type { TestContext } from 'node:test'
import { temporaryFolder } from '../process/harness/application.js'
import type { Target } from '../process/harness/request.js'
import { findCommand } from '../process/harness/unprivileged.js'
import { adapt, blocksOf } from '../proxies/page.js'
import { freePort, startProxy } from '../proxies/proxy.js'
import type { FleetHost } from './fleet.js'

/** What stands before the hosts. */
export type Front = 'HAProxy' | 'nginx'

type Change = [before: string, after: string]

const [haproxyConfig = ''] = blocksOf('fleet.md', 'haproxy')
const [nginxConfig = ''] = blocksOf('fleet.md', 'nginx')

/** Why this proxy can't be started here, or false. */
export function noFront(front: Front): string | false {
  const command = front.toLowerCase()
  return findCommand(command) ? false : `there is no ${command}`
}

/** Starts the proxy with the configuration of the page, before these hosts. */
export async function startFront(
  t: TestContext,
  front: Front,
  fleet: readonly FleetHost[],
  ...changes: Change[]
): Promise<Target> {
  const { folder, path, deploy } = temporaryFolder(t)
  const target = { port: await freePort() }
  const places: Change[] = fleet.map(({ host }, index) => [`10.0.0.${index + 1}:`, `${host.address}:`])
  if (front === 'HAProxy') {
    deploy(
      'haproxy.cfg',
      adapt(haproxyConfig, [':80\n', `127.0.0.1:${target.port}\n`], ...places, ...changes),
    )
    await startProxy(t, [findCommand('haproxy') ?? '', '-db', '-f', path('haproxy.cfg')], target)
    return target
  }
  const http = adapt(nginxConfig, ['listen 80;', `listen 127.0.0.1:${target.port};`], ...places, ...changes)
  deploy(
    'nginx.conf',
    `daemon off;
error_log stderr;
pid ${path('nginx.pid')};
events {}
http {
  access_log off;
  client_body_temp_path ${folder};
  proxy_temp_path ${folder};
  fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder};
  scgi_temp_path ${folder};
  ${http}
}
`,
  )
  await startProxy(t, [findCommand('nginx') ?? '', '-p', folder, '-c', path('nginx.conf')], target)
  return target
}
