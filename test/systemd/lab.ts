import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { projectFolder } from '../process/harness/application.js'
import { recordOutput } from '../process/harness/output.js'
import { poll, within } from '../process/harness/poll.js'
import { childrenOf, commandLine, isAlive, signalProcess } from '../process/harness/processes.js'

/** A systemd that runs beside the machine's own, in namespaces. It shares the network, and sees the files read-only. */
export interface Lab {
  /** Runs a command in it. */
  run(command: string, ...args: string[]): Promise<Result>
  /** Runs `systemctl` in it. */
  systemctl(...args: string[]): Promise<Result>
  /** One property of a unit, as `systemctl show` says it. */
  property(unit: string, name: string): Promise<string>
  /** Writes a unit and what a drop-in changes of it, and has systemd read both. */
  install(unit: string, text: string, dropIn?: string): Promise<void>
  /** Where a path of the lab is seen from outside. */
  outside(path: string): string
  /** The processes of nworkers that run in it, by their titles, with their user ids. */
  processes(): { pid: number; title: string; uid: number }[]
}

interface Result {
  code: number | null
  output: string
}

/** Why there can be no lab here; false where there can. */
export function labMissing(): string | false {
  if (process.platform !== 'linux') return 'systemd is Linux’s'
  if (process.getuid?.() !== 0) return 'booting a systemd wants root'
  if (!existsSync('/lib/systemd/systemd')) return 'systemd is not installed'
  return false
}

/** The script that boots it. */
export const bootScript = path.join(projectFolder, 'test/systemd/boot.sh')

/**
 * Boots a systemd, which is ended after the test with all it runs.
 *
 * @param folder - the only one that its units may change; `/tmp` and `/run` are its own
 */
export async function bootLab(t: TestContext, folder: string): Promise<Lab> {
  const boot = spawn('unshare', ['--mount', 'bash', bootScript, 'boot', folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const complaints = recordOutput(boot.stderr)
  const ended = new Promise((resolve) => boot.once('exit', resolve))
  let manager = 0
  t.after(async () => {
    if (manager) signalProcess(manager, 'SIGKILL')
    else if (boot.pid) signalProcess(boot.pid, 'SIGKILL')
    await within(ended, { what: 'the lab has ended' })
    if (!t.passed) console.error(complaints.text())
  })
  manager = await poll(() => boot.pid && descendants(boot.pid).find(isManager), {
    what: 'systemd is started',
  })

  const outside = (name: string) => `/proc/${manager}/root${name}`
  const run: Lab['run'] = async (...command) => {
    const enter = ['--target', String(manager), '--mount', '--pid', '--cgroup', '--uts', '--ipc']
    const child = spawn('nsenter', [...enter, ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
    const [stdout, stderr] = [recordOutput(child.stdout), recordOutput(child.stderr)]
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { code, output: stdout.text() + stderr.text() }
  }
  const systemctl: Lab['systemctl'] = (...args) => run('systemctl', ...args)
  await poll(async () => (await systemctl('is-active', 'lab.target')).code === 0, {
    what: 'systemd has booted',
  })
  return {
    run,
    systemctl,
    outside,
    processes: () => {
      const titled = descendants(manager).map((pid) => ({ pid, title: titleOf(pid) }))
      return titled
        .filter(({ title }) => title.startsWith('nworkers:'))
        .map(({ pid, title }) => ({ pid, title, uid: statSync(`/proc/${pid}`).uid }))
    },
    property: async (unit, name) => (await systemctl('show', '--value', '-p', name, unit)).output.trim(),
    async install(unit, text, dropIn = '') {
      const folder = outside('/run/systemd/system')
      mkdirSync(`${folder}/${unit}.d`, { recursive: true })
      writeFileSync(`${folder}/${unit}`, text)
      writeFileSync(`${folder}/${unit}.d/checkout.conf`, seesCheckout(unit))
      writeFileSync(`${folder}/${unit}.d/test.conf`, dropIn)
      await systemctl('daemon-reload')
    },
  }
}

/** A service has a `/tmp` of its own, which hides a checkout that lies there. */
function seesCheckout(unit: string): string {
  const isHidden = unit.endsWith('.service') && /^\/(var\/)?tmp\//.test(projectFolder)
  return isHidden ? `[Service]\nBindReadOnlyPaths=${projectFolder}\n` : ''
}

function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendants(child)])
}

/** Empty where the process has ended meanwhile, as one that only notified systemd. */
function titleOf(pid: number): string {
  try {
    return commandLine(pid)
  } catch {
    return ''
  }
}

function isManager(pid: number): boolean {
  return isAlive(pid) && commandLine(pid).startsWith('/lib/systemd/systemd --system')
}
