import type { AppKind } from '../../src/app/app.js'

/** An app of `served/` and what must come of it. */
export interface TestedApp {
  title: string
  /** The package whose version the documentation tells. */
  package?: string
  /** The app specifier, from the folder. */
  app: string
  /** Its folder below `served/`. */
  folder?: string
  kind: AppKind
  /** Where it says who it is; `/` by default. */
  path?: string
  /** The major version of Node that it needs at least, where that is above the oldest one that nworkers runs on. */
  node?: 24
  /** What `--import` loads before it. */
  preload?: string
  /** It speaks TLS. */
  secure?: true
  /** It answers `POST /echo` with the body, unless this is false. */
  echo?: false
  /** What each worker says at its end, which the framework or the app has for that. */
  atEnd?: RegExp
}

/** In the order of the documentation. */
export const catalogue: readonly TestedApp[] = [
  { title: 'A function (request, response)', app: 'handler.js', kind: 'handler' },
  {
    title: 'A factory, called with options',
    app: 'factory.js:create({"greeting":"hello"})',
    kind: 'handler',
  },
  { title: '`http.Server`', app: 'http-server.js', kind: 'http.Server' },
  { title: '`https.Server`', app: 'https-server.js', kind: 'https.Server', secure: true },
  { title: 'A server of `node:http2`', app: 'http2-server.js', kind: 'HTTP/2 server', secure: true },
  { title: 'Express 5', package: 'express', app: 'express5.js', kind: 'connect' },
  { title: 'Express 4', package: 'express4', app: 'express4.js', kind: 'connect' },
  { title: 'Express, CommonJS', package: 'express', app: 'express-commonjs.cjs', kind: 'connect' },
  { title: 'Koa', package: 'koa', app: 'koa.js', kind: 'Koa app' },
  {
    title: 'Fastify 5',
    package: 'fastify',
    app: 'fastify5.js',
    kind: 'Fastify instance',
    atEnd: /onClose ran/,
  },
  {
    title: 'Fastify 4',
    package: 'fastify4',
    app: 'fastify4.js',
    kind: 'Fastify instance',
    atEnd: /onClose ran/,
  },
  {
    title: 'Nest on Express, TypeScript with decorators',
    package: '@nestjs/core',
    app: 'app.ts:create("express")',
    folder: 'nest',
    kind: 'Nest application',
    atEnd: /onApplicationShutdown ran/,
  },
  {
    title: 'Nest on Fastify, TypeScript with decorators',
    package: '@nestjs/core',
    app: 'app.ts:create("fastify")',
    folder: 'nest',
    kind: 'Nest application',
    atEnd: /onApplicationShutdown ran/,
  },
  {
    title: 'Nest, TypeScript with injection by types, `--import @swc-node/register/esm-register`',
    package: '@nestjs/core',
    app: 'app.ts:create()',
    folder: 'nest-metadata',
    preload: '@swc-node/register/esm-register',
    kind: 'Nest application',
    atEnd: /onApplicationShutdown ran/,
  },
  { title: 'Hapi', package: '@hapi/hapi', app: 'hapi.js', kind: 'Hapi server', atEnd: /onPostStop ran/ },
  { title: 'Restify', package: 'restify', app: 'restify.cjs', kind: 'Restify server', node: 24 },
  { title: 'Polka', package: 'polka', app: 'polka.js', kind: 'Polka-style app' },
  { title: 'tinyhttp', package: '@tinyhttp/app', app: 'tinyhttp.js', kind: 'Polka-style app' },
  { title: 'Connect', package: 'connect', app: 'connect.js', kind: 'connect' },
  { title: 'Restana', package: 'restana', app: 'restana.cjs', kind: 'handler', node: 24 },
  { title: 'Micro', package: 'micro', app: 'micro.cjs', kind: 'handler' },
  { title: '`export default { fetch }`', app: 'fetch.js', kind: 'fetch handler' },
  { title: 'A function (Request) => Response', app: 'fetch-function.js', kind: 'fetch handler' },
  { title: 'Hono', package: 'hono', app: 'hono.js', kind: 'fetch handler' },
  { title: 'H3', package: 'h3', app: 'h3.js', kind: 'fetch handler' },
  { title: 'Elysia', package: 'elysia', app: 'elysia.js', kind: 'fetch handler' },
  { title: 'itty-router', package: 'itty-router', app: 'itty-router.js', kind: 'fetch handler' },
  {
    title: 'GraphQL Yoga',
    package: 'graphql-yoga',
    app: 'graphql-yoga.js',
    kind: 'fetch handler',
    node: 24,
  },
  { title: 'tRPC standalone', package: '@trpc/server', app: 'trpc.js', kind: 'handler' },
  {
    title: 'Apollo Server on Express',
    package: '@apollo/server',
    app: 'apollo.js',
    kind: 'http.Server',
    atEnd: /apollo stopped/,
  },
  {
    title: 'Next.js, custom server',
    package: 'next',
    app: 'server.js',
    folder: 'next',
    kind: 'Next.js app',
    path: '/api/identity',
    echo: false,
  },
  {
    title: 'Next.js, standalone output',
    package: 'next',
    app: './server.js',
    folder: 'next/.next/standalone/served/next',
    kind: 'script',
    path: '/api/identity',
    echo: false,
  },
  { title: 'Express, a script that listens', package: 'express', app: 'express-script.js', kind: 'script' },
  {
    title: 'Fastify, a script that listens at localhost',
    package: 'fastify',
    app: 'fastify-script.js',
    kind: 'script',
  },
  {
    title: 'Hono by @hono/node-server, a script that listens',
    package: '@hono/node-server',
    app: 'hono-script.js',
    kind: 'script',
  },
  {
    title: 'Nest, the usual main file',
    package: '@nestjs/core',
    app: 'main.ts',
    folder: 'nest',
    kind: 'script',
  },
  { title: 'A server of `node:http2` that listens', app: 'http2-script.js', kind: 'script', secure: true },
  { title: 'WebSockets by ws', package: 'ws', app: 'ws.js', kind: 'http.Server' },
  {
    title: 'WebSockets by @fastify/websocket',
    package: '@fastify/websocket',
    app: 'fastify-websocket.js',
    kind: 'Fastify instance',
    echo: false,
    atEnd: /onClose ran/,
  },
  { title: 'Socket.IO', package: 'socket.io', app: 'socket.io.js', kind: 'http.Server' },
  { title: 'Server-sent events', app: 'events.js:app', kind: 'handler' },
  {
    title: 'close-with-grace',
    package: 'close-with-grace',
    app: 'close-with-grace.js',
    kind: 'Fastify instance',
    echo: false,
    atEnd: /closed with grace by SIGTERM/,
  },
  {
    title: 'terminus',
    package: '@godaddy/terminus',
    app: 'terminus.cjs',
    kind: 'http.Server',
    echo: false,
    atEnd: /terminus cleans up/,
  },
  {
    title: 'An app with its own SIGTERM listener',
    app: 'own-signals.js',
    kind: 'http.Server',
    atEnd: /closed its server/,
  },
]
