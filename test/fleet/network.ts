import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { findCommand } from '../process/harness/unprivileged.js'

/** A host of the network: a network namespace with one link to this machine. */
export interface Host {
  /** Its IPv4 address. */
  address: string
  /** The command to put before one that is to run there. */
  enter: string[]
  /** Pulls the plug: packets in both directions are lost, and nobody is told. */
  cut(): void
  heal(): void
  /** Makes its link slow and lossy, and says how. */
  slow(): string
}

/** Why there can be no hosts here, or false. */
export function noHosts(): string | false {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  if (process.getuid?.() !== 0) return 'needs root, to make network namespaces'
  if (!findCommand('ip') || !findCommand('tc')) return 'there is no iproute2 (ip, tc)'
  return false
}

/**
 * Makes hosts that this machine reaches by a bridge, as a proxy reaches those of its data centre. All of it goes after
 * the test, and with the namespaces what is left in them.
 */
export function createHosts(t: TestContext, names: readonly string[]): Host[] {
  // What ended namespaces leave goes a moment later, so nothing may have a name or address for the second time.
  const id = randomBytes(3).toString('hex')
  // Of the block that RFC 2544 sets aside for benchmarks: nobody routes it.
  const subnet = `198.18.${randomBytes(1)[0]}`
  const bridge = `nwb${id}`
  t.after(() => attempt('ip', 'link', 'delete', bridge))
  run('ip', 'link', 'add', bridge, 'type', 'bridge')
  run('ip', 'address', 'add', `${subnet}.254/24`, 'dev', bridge)
  run('ip', 'link', 'set', bridge, 'up')
  return names.map((name, index) => {
    const link = { bridge, name: `nw${id}${name}` }
    return createHost(t, link, `nworkers-${id}-${name}`, `${subnet}.${index + 1}`)
  })
}

function createHost(
  t: TestContext,
  { bridge, name: link }: { bridge: string; name: string },
  namespace: string,
  address: string,
): Host {
  t.after(() => {
    // A namespace itself lives until the last process in it has ended.
    attempt('ip', 'link', 'delete', link)
    attempt('ip', 'netns', 'delete', namespace)
  })
  run('ip', 'netns', 'add', namespace)
  run('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
  run('ip', 'link', 'set', link, 'master', bridge, 'up')
  const enter = ['ip', 'netns', 'exec', namespace]
  const inside = (...command: string[]) => run(...enter, ...command)
  inside('ip', 'address', 'add', `${address}/24`, 'dev', 'eth0')
  inside('ip', 'link', 'set', 'eth0', 'up')
  inside('ip', 'link', 'set', 'lo', 'up')
  return {
    address,
    enter,
    // The host's own end stays up: it sees silence, as when a switch has died.
    cut: () => run('ip', 'link', 'set', link, 'nomaster'),
    heal: () => run('ip', 'link', 'set', link, 'master', bridge),
    slow() {
      const delay = ['delay', '100ms', '20ms', 'loss', '1%']
      if (attempt('tc', 'qdisc', 'add', 'dev', link, 'root', 'netem', ...delay))
        return 'netem: 100 ms, 1 % lost'
      // A kernel without netem has token buckets: what does not fit waits, and is lost where too much waits.
      run(
        'tc',
        'qdisc',
        'add',
        'dev',
        link,
        'root',
        'tbf',
        'rate',
        '64kbit',
        'burst',
        '1600',
        'limit',
        '6000',
      )
      return 'a link of 64 kbit/s that loses what does not fit; this kernel has no netem'
    },
  }
}

function run(file = '', ...args: string[]): void {
  execFileSync(file, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 10_000 })
}

/** Whether it succeeded. */
function attempt(file: string, ...args: string[]): boolean {
  try {
    run(file, ...args)
    return true
  } catch {
    return false
  }
}
