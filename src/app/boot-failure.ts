import { createError, type NworkersError } from '../errors.js'
import { appFrames, describeThrown, isError } from './stack.js'
import { locateSyntaxError } from './syntax.js'

/** A dependency that the app could not load. */
interface MissingDependency {
  name: string
  importer: string | undefined
}

/** What Node says when a file is written for the other module system, and the way out. */
const ADVICE: [RegExp, string][] = [
  [
    /(?:require|module|exports|__dirname|__filename) is not defined in ES module scope/,
    'The file is written as CommonJS but loaded as an ES module: name it .cjs, or put "type": "commonjs" into its package.json.',
  ],
  [
    /Cannot use import statement outside a module|Unexpected token 'export'/,
    'The file is written as an ES module but loaded as CommonJS: name it .mjs, or put "type": "module" into its package.json.',
  ],
  [
    /Top-level await is currently not supported with the "cjs" output format/,
    'Top-level await needs an ES module: name the file .mts, or put "type": "module" into its package.json.',
  ],
  [
    /Unknown file extension "\.[cm]?tsx?"/,
    'The loader that --import or --require names is left alone with TypeScript, and does not load this file. For ES modules ' +
      'it is @swc-node/register/esm-register; without it tsx is used.',
  ],
  [/^Error: listen EINVAL/, 'Two servers of the app listen at one port. Give each a port of its own.'],
  [
    /ReferenceError: Cannot access '.+' before initialization/,
    'It is used before the line that makes it has run: that line stands further down, or in a module that imports this one ' +
      'in a circle. Put what both need into a third module, or use it later, inside a function.',
  ],
]

/**
 * The error `NWORKERS_E_BOOT` for what the app threw. `headline` says what failed, as a sentence without its full stop:
 * `/srv/app.js threw while loading`. `file` is given where loading it failed.
 */
export async function bootFailure(headline: string, thrown: unknown, file?: string): Promise<NworkersError> {
  const missing = isError(thrown) ? missingDependency(thrown) : undefined
  if (isError(thrown) && missing !== undefined) {
    const sentence = `${headline}: ${describeMissing(missing, file)}`
    return createError('NWORKERS_E_BOOT', [sentence, ...appFrames(thrown)].join('\n'))
  }
  const location = file !== undefined && hasNoLocation(thrown) ? await locateSyntaxError(file) : undefined
  const stack = location ?? describeThrown(thrown)
  const advice = ADVICE.find(([symptom]) => symptom.test(stack))?.[1]
  const lines = [`${headline}.`, advice, stack].filter((line) => line !== undefined)
  return createError('NWORKERS_E_BOOT', lines.join('\n'))
}

/** V8 keeps the place of a syntax error in an ES module out of the error's stack. */
function hasNoLocation(thrown: unknown): boolean {
  return isError(thrown) && thrown.name === 'SyntaxError' && describeThrown(thrown).startsWith('SyntaxError:')
}

function missingDependency(
  error: Error & { code?: unknown; requireStack?: unknown },
): MissingDependency | undefined {
  if (error.code === 'ERR_MODULE_NOT_FOUND') {
    const [, name, importer] =
      /^Cannot find (?:package|module) '(.+?)'(?: imported from (.+))?$/m.exec(error.message) ?? []
    return name === undefined ? undefined : { name, importer }
  }
  if (error.code === 'MODULE_NOT_FOUND') {
    const name = /^Cannot find module '(.+?)'/.exec(error.message)?.[1]
    const [importer] = Array.isArray(error.requireStack) ? error.requireStack : []
    return name === undefined ? undefined : { name, importer }
  }
  return undefined
}

function describeMissing({ name, importer }: MissingDependency, file: string | undefined): string {
  const by = importer === undefined || importer === file ? 'it' : importer
  if (/^(?:\.|\/|file:|[a-z]:[\\/])/i.test(name)) {
    return `${by} imports the file ${name}, which does not exist. Run the app's build, or correct the import.`
  }
  const [scope = '', rest = ''] = name.split('/')
  const npmName = name.startsWith('@') ? `${scope}/${rest}` : scope
  return `${by} imports the package ${npmName}, which is not installed. Install it (npm install ${npmName}), or correct the import.`
}
