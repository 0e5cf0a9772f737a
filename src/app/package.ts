import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createError, type NworkersError } from '../errors.js'
import { nearest } from '../nearest.js'
import { findFile, findIndex, isFile } from './file.js'

/** The parts of a package.json that say where its code is. */
interface Manifest {
  exports?: unknown
  main?: unknown
  scripts?: unknown
}

/** The conditions under which Node resolves an `import`. */
const CONDITIONS = new Set(['node', 'import', 'node-addons', 'default'])

/**
 * The file that a folder stands for: `exports["."]` of its package.json, else `main`, else its index file.
 * Undefined if it has none of them. Throws `NWORKERS_E_SPECIFIER` if the package.json names a file that does not exist.
 */
export function entryOfFolder(folder: string, module: string): string | undefined {
  const manifest = readManifest(folder, module)
  const target = resolveExports(manifest.exports, '.')
  if (target !== undefined) return existing(folder, 'exports', target, manifest, module)
  if (typeof manifest.main === 'string' && manifest.main !== '') {
    const path = join(folder, manifest.main)
    return findFile(path) ?? findIndex(path) ?? existing(folder, 'main', manifest.main, manifest, module)
  }
  return findIndex(folder)
}

/**
 * The file of an installed package; `subpath` is `.` or starts with `./`.
 * Throws `NWORKERS_E_SPECIFIER` if the package does not export it or it does not exist.
 */
export function entryOfPackage(folder: string, subpath: string, module: string): string {
  const manifest = readManifest(folder, module)
  if (manifest.exports !== undefined && manifest.exports !== null) {
    const target = resolveExports(manifest.exports, subpath)
    if (target === undefined) throw notExported(folder, subpath, manifest.exports, module)
    return existing(folder, 'exports', target, manifest, module)
  }
  const path = join(folder, subpath)
  const file =
    subpath === '.' ? entryOfFolder(folder, module) : (findFile(path) ?? entryOfFolder(path, module))
  if (file !== undefined) return file
  throw createError(
    'NWORKERS_E_SPECIFIER',
    `No such module: ${module}. The installed package ${folder} has no such file.`,
  )
}

function readManifest(folder: string, module: string): Manifest {
  const path = join(folder, 'package.json')
  if (!isFile(path)) return {}
  try {
    const manifest: Manifest | null = JSON.parse(readFileSync(path, 'utf8'))
    return manifest ?? {}
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw createError(
      'NWORKERS_E_SPECIFIER',
      `The module ${module} cannot be loaded: ${path} is not JSON: ${reason}.`,
    )
  }
}

function existing(folder: string, field: string, target: string, manifest: Manifest, module: string): string {
  const path = join(folder, target)
  if (isFile(path)) return path
  const { scripts } = manifest
  const build = isRecord(scripts) && 'build' in scripts ? `npm run build in ${folder}` : 'its build'
  throw createError(
    'NWORKERS_E_SPECIFIER',
    `The module ${module} cannot be loaded: "${field}" of its package.json names ${target}, which does not exist. ` +
      `Run ${build} first, or name the file to load.`,
  )
}

function notExported(folder: string, subpath: string, exports: unknown, module: string): NworkersError {
  const subpaths = isSubpathMap(exports) ? Object.keys(exports) : ['.']
  const meant = nearest(subpath, subpaths)
  const name = module.slice(0, module.length - (subpath.length - 1))
  const hint = meant === undefined ? '' : ` Did you mean ${name}${meant.slice(1)}?`
  return createError(
    'NWORKERS_E_SPECIFIER',
    `No such module: ${module}. The package.json of the installed package ${folder} does not export "${subpath}"; ` +
      `it exports: ${subpaths.join(', ')}.${hint}`,
  )
}

/** Resolves a subpath as Node does for `import`: https://nodejs.org/api/packages.html#subpath-exports. */
function resolveExports(exports: unknown, subpath: string): string | undefined {
  if (!isSubpathMap(exports)) return subpath === '.' ? resolveTarget(exports, '') : undefined
  if (subpath in exports && !subpath.includes('*')) return resolveTarget(exports[subpath], '')
  const patterns = Object.keys(exports).filter((key) => key.includes('*'))
  // The longest text before the star is the most exact pattern.
  for (const pattern of patterns.sort((a, b) => b.indexOf('*') - a.indexOf('*') || b.length - a.length)) {
    const [before = '', after = ''] = pattern.split('*')
    if (subpath.startsWith(before) && subpath.endsWith(after) && subpath.length >= pattern.length) {
      return resolveTarget(exports[pattern], subpath.slice(before.length, subpath.length - after.length))
    }
  }
  return undefined
}

function resolveTarget(target: unknown, star: string): string | undefined {
  if (typeof target === 'string') return target.startsWith('./') ? target.replaceAll('*', star) : undefined
  if (Array.isArray(target)) {
    for (const alternative of target) {
      const resolved = resolveTarget(alternative, star)
      if (resolved !== undefined) return resolved
    }
    return undefined
  }
  if (!isRecord(target)) return undefined
  for (const [condition, value] of Object.entries(target)) {
    const resolved = CONDITIONS.has(condition) ? resolveTarget(value, star) : undefined
    if (resolved !== undefined) return resolved
  }
  return undefined
}

function isSubpathMap(exports: unknown): exports is Record<string, unknown> {
  return isRecord(exports) && Object.keys(exports).some((key) => key.startsWith('.'))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
