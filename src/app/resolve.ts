import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createError, type NworkersError } from '../errors.js'
import { nearest } from '../nearest.js'
import { EXTENSIONS, findFile, isFolder } from './file.js'
import { entryOfFolder, entryOfPackage } from './package.js'
import { plugNPlayFolder } from './plug-n-play.js'

/**
 * The file that MODULE stands for, as an absolute path: a path with or without extension, a folder, or an installed
 * package, relative to `chdir`. A file or folder wins over a package of the same name.
 * Throws `NWORKERS_E_SPECIFIER`, naming what was tried.
 */
export function resolveModule(module: string, chdir: string): string {
  const path = resolve(chdir, isUrl(module) ? pathOfUrl(module) : module)
  const file = findFile(path)
  if (file !== undefined) return file

  const folder = isFolder(path) ? path : undefined
  const entry = folder === undefined ? undefined : entryOfFolder(folder, module)
  if (entry !== undefined) return entry

  if (isBare(module)) {
    const installed = findPackage(module, chdir)
    if (installed !== undefined) return entryOfPackage(installed.folder, installed.subpath, module)
  }
  throw folder === undefined ? noSuchModule(module, path, chdir) : noEntry(module, folder)
}

function isUrl(module: string): boolean {
  return /^(?:file:\/|[a-z][a-z0-9+.-]*:\/\/)/i.test(module)
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url)
  } catch {
    throw createError(
      'NWORKERS_E_SPECIFIER',
      `The module ${url} cannot be loaded: only file URLs such as file:///srv/app.js are, and paths and packages.`,
    )
  }
}

/** A word that may name a package: neither relative nor absolute. */
function isBare(module: string): boolean {
  return /^(?:@[^/\\]+\/[^/\\]+|[^./\\@][^/\\]*)(?:\/.*)?$/.test(module) && !isUrl(module)
}

function findPackage(module: string, chdir: string): { folder: string; subpath: string } | undefined {
  const segments = module.split('/').filter((segment) => segment !== '')
  const name = segments.splice(0, module.startsWith('@') ? 2 : 1).join('/')
  // Without the slash a name such as `events` is that of a module of Node, for which it looks nowhere.
  const roots = createRequire(join(chdir, 'package.json')).resolve.paths(`${name}/`) ?? []
  const folder = roots.map((root) => join(root, name)).find(isFolder) ?? plugNPlayFolder(name, chdir)
  return folder === undefined ? undefined : { folder, subpath: ['.', ...segments].join('/') }
}

function noSuchModule(module: string, path: string, chdir: string): NworkersError {
  const tried = [
    `the file ${path}`,
    `the same with ${EXTENSIONS.join(' ')}`,
    ...(isBare(module) ? [`an installed package ${module} (looked for from ${chdir} upwards)`] : []),
  ]
  const meant = nearestPath(path)
  const hint = meant === undefined ? '' : ` Did you mean ${asWritten(module, meant, chdir)}?`
  return createError('NWORKERS_E_SPECIFIER', `No such module: ${module}. Tried ${tried.join(', ')}.${hint}`)
}

function noEntry(module: string, folder: string): NworkersError {
  const files = loadableNames(folder).filter((name) => extname(name) !== '')
  const hint = files.length === 0 ? '' : ` It holds ${files.slice(0, 10).join(', ')}.`
  return createError(
    'NWORKERS_E_SPECIFIER',
    `The folder ${module} has no entry: neither a package.json with "exports" or "main", nor an index file ` +
      `(index${EXTENSIONS.join(', index')}).${hint} Name the file to load.`,
  )
}

/** The path with its first segment that does not exist replaced by the likeliest neighbour. */
function nearestPath(path: string): string | undefined {
  const folder = dirname(path)
  if (!isFolder(folder)) {
    const better = folder === dirname(folder) ? undefined : nearestPath(folder)
    const whole = better === undefined ? undefined : join(better, basename(path))
    return whole !== undefined && (findFile(whole) !== undefined || isFolder(whole)) ? whole : undefined
  }
  const names = loadableNames(folder)
  const stems = extname(path) === '' ? names.map((name) => basename(name, extname(name))) : []
  const meant = nearest(
    basename(path),
    [...names, ...stems].filter((name) => name !== basename(path)),
  )
  return meant === undefined ? undefined : join(folder, meant)
}

function loadableNames(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) =>
        entry.isFile() ? EXTENSIONS.includes(extname(entry.name)) : entry.name !== 'node_modules',
      )
      .map((entry) => entry.name)
      .sort()
  } catch {
    return []
  }
}

/** Relative where the user wrote a relative path, with `./` where the user wrote it. */
function asWritten(module: string, path: string, chdir: string): string {
  if (isUrl(module) || isAbsolute(module)) return path
  const short = relative(chdir, path)
  return module.startsWith('./') ? `./${short}` : short
}
