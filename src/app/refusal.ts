import { Server as NetServer } from 'node:net'
import { createError, type NworkersError } from '../errors.js'
import { type Candidate, isApp } from './kinds.js'
import { describeValue, hasMethods, isClass, isPropertied } from './value.js'

/** A thing that is served in another form than this one. */
interface NearMiss {
  name: string
  is(value: unknown): boolean
  /** The form that works. */
  advice: string
}

const NEAR_MISSES: NearMiss[] = [
  {
    name: 'a server of node:net, which does not speak HTTP',
    is: (value) => value instanceof NetServer,
    advice: 'make it with createServer of node:http or node:https',
  },
  {
    name: 'an app of H3 version 1',
    is: (value) => hasMethods(value, ['handler', 'use', 'resolve']) && 'stack' in value,
    advice:
      "make a Node handler of it: import { toNodeListener } from 'h3'; export default toNodeListener(app)",
  },
  {
    name: 'an Apollo server, which needs an integration to answer HTTP',
    is: (value) => hasMethods(value, ['executeHTTPGraphQLRequest', 'start']),
    advice: "export an express app that uses it: app.use('/graphql', expressMiddleware(server))",
  },
  {
    name: 'a router of tRPC',
    is: (value) => hasMethods(value, ['createCaller']) && '_def' in value,
    advice: 'make a handler of it: export default createHTTPHandler({ router })',
  },
]

const EXPECTED =
  'Expected a function (request, response), an app of a framework, a fetch handler, or an http.Server that does not listen yet.'

/** Why a value that no kind knows cannot be served, and the way out. */
export function refuse(candidate: Candidate): NworkersError {
  return createError('NWORKERS_E_SPECIFIER', `${candidate.subject} is ${explain(candidate)}`)
}

/** Why a server that listens by itself cannot be served. */
export function alreadyListening({ subject }: Candidate): NworkersError {
  return createError(
    'NWORKERS_E_SPECIFIER',
    `${subject} is already listening, but the address is given by --bind: export the server without calling listen().`,
  )
}

function explain(candidate: Candidate): string {
  const { value, specifier } = candidate
  const nearMiss = NEAR_MISSES.find(({ is }) => is(value))
  if (nearMiss !== undefined) return `${nearMiss.name}: ${nearMiss.advice}.`
  const what = describeValue(value)
  if (isClass(value)) {
    return (
      `${what}, and nworkers does not call new. Export an app made from it, or a function that makes one and ` +
      'its call in the app specifier, as in app.js:create().'
    )
  }
  if (typeof value === 'function' && value.length > 3) {
    return `${what}, such as an error handler of express, not an app. ${EXPECTED}`
  }
  const inner = innerApp(candidate)
  const hint = inner === undefined ? '' : ` Its property ${inner} is one: run '${specifier}.${inner}'.`
  return `${what}, which cannot serve HTTP. ${EXPECTED}${hint}`
}

/** The property of an object that would be an app by itself. */
function innerApp(candidate: Candidate): string | undefined {
  const { value, specifier } = candidate
  if (!isPropertied(value) || specifier === undefined) return undefined
  return ['handler', 'server', 'app', ...Object.keys(value)].find((name) => isApp(Reflect.get(value, name)))
}
