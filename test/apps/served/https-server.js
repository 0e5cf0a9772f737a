import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { handler } from './handler.js'

const { KEY, CERTIFICATE } = process.env
export const server = createServer({ key: readFileSync(KEY), cert: readFileSync(CERTIFICATE) }, handler)
