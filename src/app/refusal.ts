import { createError, type NworkersError } from '../errors.js'
import { type Candidate, isApp } from './kinds.js'
import { describeValue, isClass, isPropertied } from './value.js'

/** An object that answers HTTP, but not in a form that is served directly. */
interface Framework {
  name: string
  /** Functions that together only an instance of it has. */
  methods: string[]
  /** The form that works. */
  advice: string
  /** Appended to the app specifier it gives that form without a change of the code. */
  suffix?: string
}

const FRAMEWORKS: Framework[] = [
  {
    name: 'a Fastify instance',
    methods: ['ready', 'inject', 'register', 'route'],
    advice: 'wait until it is ready and export its server: await app.ready(); export default app.server',
  },
  {
    name: 'a Hapi server',
    methods: ['initialize', 'inject', 'ext', 'route'],
    advice:
      'initialize it and export its listener: await server.initialize(); export default server.listener',
  },
  {
    name: 'a Nest application',
    methods: ['getHttpAdapter', 'getHttpServer', 'init'],
    advice: 'initialize it and export its server: await app.init(); export default app.getHttpServer()',
  },
  {
    name: 'a Koa app',
    methods: ['callback', 'use', 'listen'],
    advice: 'export its request handler: export default app.callback()',
    suffix: '.callback()',
  },
  {
    // Its handler has a third parameter, but that is no `next`.
    name: 'a Polka app',
    methods: ['handler', 'onError', 'onNoMatch'],
    advice:
      'export a function that calls it: export default (request, response) => app.handler(request, response)',
  },
  {
    name: 'a fetch handler',
    methods: ['fetch'],
    advice:
      'turn it into a Node handler and export that, for example with @hono/node-server: ' +
      'export default getRequestListener(app.fetch)',
  },
]

const EXPECTED =
  'Expected a function (request, response), a connect-style app or middleware, or an http.Server that does not listen yet.'

/** The framework that this object is an instance of, by its shape. */
export function frameworkOf(value: unknown): Framework | undefined {
  if (!isPropertied(value)) return undefined
  return FRAMEWORKS.find(({ methods }) =>
    methods.every((method) => typeof Reflect.get(value, method) === 'function'),
  )
}

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
  const framework = frameworkOf(value)
  if (framework !== undefined) {
    const { name, advice, suffix } = framework
    const run =
      suffix !== undefined && specifier !== undefined ? ` Or run it as '${specifier}${suffix}'.` : ''
    return `${name}, which is not served as it is: ${advice}.${run}`
  }
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
