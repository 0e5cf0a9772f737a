import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { projectFolder } from '../../test/process/harness/application.js'
import { peersFolder } from './installation.js'
import type { Running } from './running.js'

/** Where and how large a system is started. */
export interface Place {
  workers: number
  port: number
  /** A folder of its own, for what it writes. */
  folder: string
}

interface Command {
  file: string
  args: string[]
  cwd: string
  environment: Record<string, string>
}

/** A way to serve an app from several processes. */
export interface System {
  name: string
  command(place: Place): Command
  /** Replaces all workers; resolves when the system says that it has done so, or its old processes have gone. */
  reload?(running: Running): Promise<void>
}

const run = promisify(execFile)
const app = (name: string) => path.join(peersFolder, 'apps', name)
const module = (name: string) => path.join(peersFolder, 'node_modules', name)
const longestReload = 120_000

/** Every Node system is run by this Node, and serves this one of the handlers. */
export function nodeSystems(node: string, handler: 'hello' | 'blocking' = 'hello') {
  const system = (
    name: string,
    args: (place: Place) => string[],
    more: Pick<System, 'reload'> & { environment?: (place: Place) => Record<string, string> } = {},
  ): System => ({
    name,
    command: (place) => ({
      file: node,
      args: args(place),
      cwd: place.folder,
      environment: {
        PATH: `${path.dirname(node)}:${process.env.PATH}`,
        PORT: `${place.port}`,
        WORKERS: `${place.workers}`,
        HANDLER: handler,
        ...more.environment?.(place),
      },
    }),
    ...(more.reload && { reload: more.reload }),
  })

  /** A reload by signal, whose end the output tells. */
  const reloadOnHup = async ({ pid, output }: Running, isDone: RegExp) => {
    const after = output.text().length
    process.kill(pid, 'SIGHUP')
    await output.said(isDone, { after, within: longestReload })
  }

  const nworkers = (name: string, ...options: string[]) =>
    system(
      name,
      ({ workers, port }) => [
        path.join(projectFolder, 'bin/nworkers.js'),
        ...['-w', `${workers}`, '-b', `127.0.0.1:${port}`],
        ...options,
        app('server.cjs'),
      ],
      { reload: (running) => reloadOnHup(running, /Reload: generation \d+ serves/) },
    )

  const cluster = (name: string, policy: string) =>
    system(name, () => [app('cluster.cjs')], {
      environment: () => ({ POLICY: policy }),
      reload: (running) => reloadOnHup(running, /reloaded/),
    })

  const pm2 = (name: string, file: string) => {
    const home = ({ folder }: Place) => ({ PM2_HOME: path.join(folder, 'pm2') })
    const args = ({ workers }: Place) => ['start', app(file), '-i', `${workers}`, '--name', 'app']
    return system(name, (place) => [module('pm2/bin/pm2-runtime'), ...args(place)], {
      environment: home,
      async reload({ place }) {
        const env = { ...process.env, ...home(place) }
        await run(node, [module('pm2/bin/pm2'), 'reload', 'app'], { env })
      },
    })
  }

  return {
    bare: system('bare node', () => [app('server.cjs')]),
    nworkers: nworkers('nworkers'),
    nworkersAtOnce: nworkers('nworkers --reload-surge 100%', '--reload-surge', '100%'),
    roundRobin: cluster('node:cluster, round robin', 'rr'),
    shared: cluster('node:cluster, none', 'none'),
    throng: system('throng', () => [app('throng.cjs')]),
    pm2: pm2('PM2', 'server.cjs'),
    pm2Graceful: pm2('PM2, app with a handler of SIGINT', 'graceful.cjs'),
    watt: system('Watt', (place) => [module('wattpm/bin/cli.js'), 'start', wattProject(place)], {
      async reload({ pid }) {
        await run(node, [module('wattpm/bin/cli.js'), 'restart', `${pid}`, 'app'])
      },
    }),
  }
}

/** Watt looks for what it loads beside its configuration. */
function wattProject({ folder }: Place): string {
  const project = path.join(folder, 'watt')
  mkdirSync(project, { recursive: true })
  cpSync(app('watt'), project, { recursive: true })
  cpSync(app('handlers'), path.join(project, 'app/handlers'), { recursive: true })
  symlinkSync(module(''), path.join(project, 'node_modules'))
  return project
}

/** Debian's. */
export const gunicorn: System = {
  name: 'gunicorn, sync',
  command: ({ workers, port, folder }) => ({
    file: '/usr/bin/gunicorn',
    args: ['-w', `${workers}`, '-b', `127.0.0.1:${port}`, '--backlog', '2048', 'wsgi:app'],
    cwd: folder,
    environment: { PYTHONPATH: path.join(peersFolder, 'apps') },
  }),
  async reload({ pid, workers }) {
    const old = workers()
    const deadline = performance.now() + longestReload
    process.kill(pid, 'SIGHUP')
    while (workers().some((worker) => old.includes(worker))) {
      if (performance.now() > deadline) throw new Error('gunicorn does not end its old workers.')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  },
}
