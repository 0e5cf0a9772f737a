import { createError, type NworkersError } from '../errors.js'
import { nearest } from '../nearest.js'
import { bootFailure } from './boot-failure.js'
import { type Candidate, isApp } from './kinds.js'
import type { ModuleExports } from './namespace.js'
import type { ExportPath, Specifier } from './specifier.js'
import { describeValue, isCallable, isClass, isPropertied, isThenable, listNames } from './value.js'

/** The exports that are tried when the app specifier names none. The first that exists is the app. */
const DEFAULT_ORDER = ['default', 'app', 'handler', 'server', 'fetch']

/**
 * The value that the specifier names, with promises awaited at every step and a factory called.
 * Throws `NWORKERS_E_SPECIFIER` if there is none, `NWORKERS_E_BOOT` if a promise rejected or the factory threw.
 */
export async function pickExport(exports: ModuleExports, specifier: Specifier): Promise<Candidate> {
  const path = specifier.export ?? defaultPath(exports, specifier.module)
  const found = await walk(exports, path.names, specifier.module)
  if (path.call === undefined) return found
  const subject = `${path.names.join('.')}() of ${specifier.module}`
  const { value } = await call(found, path.call)
  return { value, owner: undefined, subject, specifier: undefined }
}

function defaultPath(exports: ModuleExports, module: string): ExportPath {
  const name = DEFAULT_ORDER.find((candidate) => exports.names.includes(candidate))
  if (name !== undefined) return { names: [name], call: undefined }
  if (exports.names.length === 0) {
    throw createError(
      'NWORKERS_E_SPECIFIER',
      `${module} exports nothing, and no HTTP server of it listens. Export the app, as in ` +
        'export default (request, response) => { … }, or call listen() on a server.',
    )
  }
  const meant = exports.names.find((candidate) => isApp(exports.get(candidate)))
  const example = meant === undefined ? '' : `, as in ${module}:${meant}`
  throw createError(
    'NWORKERS_E_SPECIFIER',
    `${module} exports none of ${DEFAULT_ORDER.join(', ')}; it exports: ${listNames(exports.names)}. ` +
      `Name the one that is the app${example}.`,
  )
}

/** Follows a dotted path. The subject of a message is `api.handler of ./app.js`. */
async function walk(exports: ModuleExports, names: string[], module: string): Promise<Candidate> {
  const [first = '', ...rest] = names
  if (!exports.names.includes(first)) throw noSuchExport(exports, first, module)
  let path = first
  let owner: unknown
  let { value } = await settle(() => exports.get(first), `${path} of ${module}`)
  for (const name of rest) {
    const parent = value
    if (!isPropertied(parent) || !(name in parent)) throw noSuchProperty(parent, name, path, module)
    path = `${path}.${name}`
    owner = parent
    const next = await settle(() => Reflect.get(parent, name), `${path} of ${module}`)
    value = next.value
  }
  return { value, owner, subject: `${path} of ${module}`, specifier: `${module}:${path}` }
}

/** In an object, since a promise of the value itself would ask it for a `then`, and some routers answer to any name. */
interface Settled {
  value: unknown
}

/** An export may be a getter that throws or a promise that rejects. */
async function settle(read: () => unknown, subject: string): Promise<Settled> {
  try {
    const value = read()
    return { value: isThenable(value) ? await value : value }
  } catch (thrown) {
    throw await bootFailure(`${subject} failed`, thrown)
  }
}

async function call({ value, owner, subject }: Candidate, parameters: unknown[]): Promise<Settled> {
  if (isClass(value)) {
    throw createError(
      'NWORKERS_E_SPECIFIER',
      `${subject} is ${describeValue(value)}, and nworkers does not call new. Export a function that makes the app from it.`,
    )
  }
  if (!isCallable(value)) {
    throw createError(
      'NWORKERS_E_SPECIFIER',
      `${subject} is ${describeValue(value)} and cannot be called. Leave the parentheses out of the app specifier.`,
    )
  }
  try {
    const result = value.apply(owner, parameters)
    return { value: isThenable(result) ? await result : result }
  } catch (thrown) {
    throw await bootFailure(`The factory ${subject} failed`, thrown)
  }
}

function noSuchExport({ names }: ModuleExports, name: string, module: string): NworkersError {
  const meant = nearest(name, names)
  const hint = meant === undefined ? '' : ` Did you mean ${module}:${meant}?`
  return createError(
    'NWORKERS_E_SPECIFIER',
    `No such export: ${module} has no ${name}; it exports: ${listNames(names)}.${hint}`,
  )
}

function noSuchProperty(parent: unknown, name: string, path: string, module: string): NworkersError {
  const names = propertiesOf(parent)
  const meant = nearest(name, names)
  const hint = meant === undefined ? '' : ` Did you mean ${module}:${path}.${meant}?`
  const what = isPropertied(parent) ? `it has: ${listNames(names)}` : `it is ${describeValue(parent)}`
  return createError(
    'NWORKERS_E_SPECIFIER',
    `No such export: ${path} of ${module} has no ${name}; ${what}.${hint}`,
  )
}

/** The names that a path could go on with: the value's own ones and those of its class. */
function propertiesOf(value: unknown): string[] {
  if (!isPropertied(value)) return []
  const inherited: unknown = Object.getPrototypeOf(value)
  const isBuiltIn = inherited === Object.prototype || inherited === Function.prototype
  const methods = isPropertied(inherited) && !isBuiltIn ? Object.getOwnPropertyNames(inherited) : []
  return [...Object.keys(value), ...methods.filter((method) => method !== 'constructor')]
}
