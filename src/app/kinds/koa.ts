import { createServer } from 'node:http'
import type { Kind } from '../kinds.js'
import { guard, type Handler } from '../listener.js'
import { hasMethods } from '../value.js'

/** A Koa app, or one of a framework built on it. */
export const koa: Kind = {
  name: 'Koa app',
  recognise({ value }) {
    if (!hasMethods(value, ['callback', 'use', 'listen'])) return undefined
    return () => ({ server: createServer(guard(value.callback() as Handler, undefined)) })
  },
}
