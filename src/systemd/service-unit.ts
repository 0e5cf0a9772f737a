import path from 'node:path'
import { flagOf } from '../settings/names.js'
import type { Given } from '../settings/resolve.js'
import type { Settings } from '../settings/settings.js'
import { allSettings } from '../settings/table.js'
import { execLine, unitText } from './exec-line.js'
import { unitName } from './unit-name.js'

/** What a service unit is made from. */
export interface Service {
  /** The program and its script, absolute. */
  command: readonly string[]
  /** The same for nworkersctl. */
  controlCommand: readonly string[]
  /** What the user said; it becomes the command line of the service. */
  given: Given
  settings: Settings
  /** The sockets come from a socket unit of the same name. */
  hasSocketUnit: boolean
}

/** Time for what is not measured by a deadline of nworkers: the last lines of logs, the exit. Seconds. */
const margin = 10

/** Ports that only root may bind. */
const firstFreePort = 1024

/** The service unit of an app: with the time-outs that fit its settings, and no more rights than Node needs. */
export function serviceUnit(service: Service): string {
  const { settings, hasSocketUnit } = service
  const name = unitName(settings)
  const controlSocket = controlSocketOf(settings)
  return `# Made by "nworkers init systemd"; its manual is docs/systemd.md of nworkers.
[Unit]
Description=${name}, served by nworkers
Wants=network-online.target
After=network-online.target
${hasSocketUnit ? `Requires=${name}.socket\nAfter=${name}.socket\n` : ''}\
# An app that can't boot, since its database is away for instance, is tried again for as long as that takes.
StartLimitIntervalSec=0

[Service]
# "active" means that the first generation of workers serves. notify-reload would do too; it needs systemd 253.
Type=notify
# Without node-unix-socket the notifications come from systemd-notify, a child; with it, main is enough.
NotifyAccess=all
${identity(settings)}
WorkingDirectory=${unitText(settings.chdir)}
Environment=NODE_ENV=production
ExecStart=${execLine([...service.command, ...serviceWords(service)])}
# A rolling reload: it fails, with the reason, where the new generation does not come up, and the old one stays.
ExecReload=${execLine([...service.controlCommand, '-s', controlSocket, 'reload', '--wait'])}
SyslogIdentifier=${name}

# TERM goes to the arbiter alone, which lets the workers finish; what is left after that is killed.
KillMode=mixed
# Above --shutdown-delay and --graceful-timeout together: nworkers decides when waiting has been enough.
TimeoutStopSec=${Math.ceil((settings.shutdownDelay + settings.gracefulTimeout) / 1000) + margin}
# Above --boot-timeout twice: slot 0 boots alone, the others after it.
TimeoutStartSec=${settings.bootTimeout === 0 ? 'infinity' : Math.ceil((2 * settings.bootTimeout) / 1000) + margin}
# An arbiter that stands still, or gets no worker to serve within --boot-timeout and half a minute, is replaced.
WatchdogSec=30
# A wrong command line or app specifier (2, 4) does not mend itself.
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=2 4
# The arbiter replaces a worker that the kernel killed for its memory.
OOMPolicy=continue

# /run/${name}, for the control socket, other unix sockets and a pidfile. What else the app writes to needs StateDirectory= or ReadWritePaths=.
RuntimeDirectory=${name}
${writablePaths(name, service)}${hardening(service)}
[Install]
WantedBy=multi-user.target
`
}

/** The options that the unit does not say in a better way, and the app. */
function serviceWords({ given, settings, hasSocketUnit }: Service): string[] {
  // systemd gives a user its supplementary groups by itself.
  const elsewhere = new Set([
    'app',
    'config',
    'controlSocket',
    'chdir',
    'user',
    'group',
    'initgroups',
    ...(hasSocketUnit ? ['bind'] : []),
  ])
  const options = allSettings.flatMap(({ name, type }) => {
    if (elsewhere.has(name)) return []
    const texts = given[name] ?? []
    return texts.map((text) =>
      type.metavar === undefined && text === 'true' ? `--${flagOf(name)}` : `--${flagOf(name)}=${text}`,
    )
  })
  const config = settings.config === undefined ? [] : [`--config=${settings.config}`]
  return [...config, ...options, `--control-socket=${controlSocketOf(settings)}`, ...(given.app ?? [])]
}

/** In the service's own folder, unless the user has another place for it. */
function controlSocketOf(settings: Settings): string {
  return settings.controlSocket ?? `/run/${unitName(settings)}/control.sock`
}

function identity({ user, group }: Settings): string {
  const lines = [
    ...(user === undefined
      ? ['# A user that exists while the service runs, and owns nothing.', 'DynamicUser=yes']
      : [`User=${unitText(user)}`]),
    ...(group === undefined ? [] : [`Group=${unitText(group)}`]),
  ]
  return lines.join('\n')
}

function writablePaths(name: string, { settings, hasSocketUnit }: Service): string {
  const { pid, controlSocket, errorLogfile, accessLogfile, bind, chdir } = settings
  const own = hasSocketUnit ? [] : bind
  const files = [
    ...[pid, controlSocket, errorLogfile, accessLogfile].flatMap((file) =>
      file === undefined || file === '-' ? [] : [path.resolve(chdir, file)],
    ),
    ...own.flatMap((address) => (address.kind === 'unix' ? [path.resolve(chdir, address.path)] : [])),
  ]
  const folders = new Set(files.map((file) => path.dirname(file)))
  folders.delete(`/run/${name}`)
  return [...folders].map((folder) => `ReadWritePaths="-${unitText(folder)}"\n`).join('')
}

/** What takes rights away. `systemd-analyze security` gives it 1.7 at most, where 10 is worst. */
function hardening({ command, settings, hasSocketUnit }: Service): string {
  const bindsLowPort = settings.bind.some(
    (address) => address.kind === 'tcp' && address.port > 0 && address.port < firstFreePort,
  )
  const capabilities = bindsLowPort && !hasSocketUnit ? 'CAP_NET_BIND_SERVICE' : ''
  const needsHome = [...command, settings.chdir].some((file) => /^\/(home|root|run\/user)(\/|$)/.test(file))
  return `
NoNewPrivileges=yes
CapabilityBoundingSet=${capabilities}
${capabilities && `AmbientCapabilities=${capabilities}\n`}\
UMask=0077
ProtectSystem=strict
${needsHome ? '# The program or the app lives there.\nProtectHome=read-only' : 'ProtectHome=yes'}
PrivateTmp=yes
# An app that computes on a GPU needs PrivateDevices=no and DeviceAllow= for it.
PrivateDevices=yes
PrivateMounts=yes
# Not ProcSubset=pid: Node and onnxruntime read /proc/cpuinfo and /proc/meminfo.
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
# Not MemoryDenyWriteExecute=: V8 compiles JavaScript into memory that it writes and then executes.
SystemCallArchitectures=native
# V8 wants @pkey. @resources stays: thread pools set affinity and priority.
SystemCallFilter=@system-service @pkey
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
`
}
