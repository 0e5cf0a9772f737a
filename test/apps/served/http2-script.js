import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { handler } from './handler.js'

const { KEY, CERTIFICATE } = process.env
const tls = { key: readFileSync(KEY), cert: readFileSync(CERTIFICATE), allowHTTP1: true }
createSecureServer(tls, handler).listen(3443)
