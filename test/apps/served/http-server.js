import { createServer } from 'node:http'
import { handler } from './handler.js'

export const server = createServer({ keepAliveTimeout: 30_000 }, handler)
