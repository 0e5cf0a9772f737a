import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A controller of Linux control groups that matters here. */
export type Controller = 'cpu' | 'memory'

/** A directory of the cgroup file system that bounds this process. */
export interface CgroupDirectory {
  version: 1 | 2
  path: string
}

interface Hierarchy {
  version: 1 | 2
  /** The directory in the kernel's own tree that is mounted. */
  top: string
  mountPoint: string
}

/**
 * The directories of this process's cgroups that can hold a limit of this controller, each before its ancestors.
 * @param root - the root of the file system
 */
export function cgroupDirectories(controller: Controller, root = '/'): CgroupDirectory[] {
  const memberships = readText(join(root, 'proc/self/cgroup'))
  return hierarchies(readText(join(root, 'proc/self/mountinfo')), controller).flatMap((hierarchy) => {
    const group = membership(memberships, hierarchy.version, controller)
    if (group === undefined) return []
    const { version } = hierarchy
    return directories(hierarchy, group).map((path) => ({ version, path: join(root, path) }))
  })
}

/** The mounted cgroup trees that can hold such a limit; see proc_pid_mountinfo(5) for the fields. */
function hierarchies(mountinfo: string, controller: Controller): Hierarchy[] {
  return mountinfo.split('\n').flatMap((line): Hierarchy[] => {
    const [mount = '', fileSystem = ''] = line.split(' - ')
    const [, , , top, mountPoint] = mount.split(' ').map(unescapeOctal)
    const [type, , options = ''] = fileSystem.split(' ')
    if (top === undefined || mountPoint === undefined) return []
    if (type === 'cgroup2') return [{ version: 2, top, mountPoint }]
    if (type === 'cgroup' && options.split(',').includes(controller)) return [{ version: 1, top, mountPoint }]
    return []
  })
}

/** The path of this process's cgroup; see cgroups(7) for `ID:CONTROLLERS:PATH`. */
function membership(memberships: string, version: 1 | 2, controller: Controller): string | undefined {
  for (const line of memberships.split('\n')) {
    const [, id, controllers = '', path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? []
    const unified = id === '0' && controllers === ''
    if (version === 2 ? unified : controllers.split(',').includes(controller)) return path
  }
  return undefined
}

/** The cgroup's directory and its ancestors up to the mount point. */
function directories({ top, mountPoint }: Hierarchy, group: string): string[] {
  const prefix = top === '/' ? '' : top
  // Inside a container the path can lie outside of what is mounted; the mount point is then the cgroup itself.
  const inside = group === prefix || group.startsWith(`${prefix}/`) ? group.slice(prefix.length) : '/'
  const paths: string[] = []
  for (let path = join('/', inside); path !== '/'; path = dirname(path)) paths.push(join(mountPoint, path))
  return [...paths, mountPoint]
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)))
}

/** A file's text; empty where there is no such file, which for a limit means that there is none. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
