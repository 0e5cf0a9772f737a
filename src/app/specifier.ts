import { createError } from '../errors.js'

/** What to take from the module: a dotted path, and the arguments if it is to be called. */
export interface ExportPath {
  /** At least one name. */
  names: string[]
  /** The JSON arguments of a factory call; undefined when the export is not called. */
  call: unknown[] | undefined
}

/** A parsed `MODULE[:EXPORT]`. */
export interface Specifier {
  /** As the user wrote it. */
  text: string
  module: string
  /** Undefined: the default order of names applies. */
  export: ExportPath | undefined
}

/** A Windows drive, or a URL up to where a colon can no longer belong to it. */
const PREFIX_WITH_COLON = /^(?:[a-z]:(?=[\\/])|file:\/{1,3}[a-z]:(?=\/)|file:(?=\/)|[a-z][a-z0-9+.-]*:\/\/)/i
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u
const EXPECTED =
  'Expected MODULE:EXPORT, where EXPORT is a name (handler), a dotted path (api.handler) ' +
  'or a call with JSON arguments (create({"debug":true})).'

/**
 * Parses `MODULE[:EXPORT]`. The module ends at the first colon that is not part of a Windows drive or a URL.
 * Throws `NWORKERS_E_SPECIFIER` when the syntax is wrong.
 */
export function parseSpecifier(text: string): Specifier {
  const prefix = PREFIX_WITH_COLON.exec(text)?.[0] ?? ''
  const colon = text.indexOf(':', prefix.length)
  const module = colon === -1 ? text : text.slice(0, colon)
  if (module.trim() === '') {
    throw createError('NWORKERS_E_SPECIFIER', `The app specifier "${text}" names no module. ${EXPECTED}`)
  }
  return { text, module, export: colon === -1 ? undefined : parseExport(text, text.slice(colon + 1).trim()) }
}

function parseExport(text: string, source: string): ExportPath {
  if (source === '') {
    throw createError(
      'NWORKERS_E_SPECIFIER',
      `The app specifier ${text} names no export after its colon. ${EXPECTED} Without a colon, ` +
        'the exports default, app, handler, server and fetch are tried in this order.',
    )
  }
  const parenthesis = source.indexOf('(')
  if (parenthesis === -1) return { names: parseNames(text, source), call: undefined }
  const names = parseNames(text, source.slice(0, parenthesis).trimEnd())
  return { names, call: parseArguments(text, names.join('.'), source.slice(parenthesis)) }
}

function parseNames(text: string, path: string): string[] {
  const names = path.split('.')
  const wrong = names.find((name) => !IDENTIFIER.test(name))
  if (wrong === undefined) return names
  const problem = wrong === '' ? `"${path}" lacks a name` : `"${wrong}" is not the name of an export`
  throw createError('NWORKERS_E_SPECIFIER', `In the app specifier ${text}, ${problem}. ${EXPECTED}`)
}

/** `call` starts with the opening parenthesis. */
function parseArguments(text: string, callee: string, call: string): unknown[] {
  if (!call.endsWith(')')) {
    throw createError(
      'NWORKERS_E_SPECIFIER',
      `In the app specifier ${text}, the call of ${callee} does not end with a closing parenthesis. ` +
        `Put the whole specifier in single quotes, so that the shell leaves it alone.`,
    )
  }
  try {
    // An array literal is exactly a list of JSON values, so the list needs no parser of its own.
    const list: unknown[] = JSON.parse(`[${call.slice(1, -1)}]`)
    return list
  } catch {
    throw createError(
      'NWORKERS_E_SPECIFIER',
      `In the app specifier ${text}, the arguments of ${callee} are not JSON. Keys and strings need double quotes, ` +
        `and the whole specifier single quotes, so that the shell leaves it alone: 'app:create({"debug":true}, 3)'.`,
    )
  }
}
