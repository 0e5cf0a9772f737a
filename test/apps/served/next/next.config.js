import { fileURLToPath } from 'node:url'

// Where node_modules is; the build looks no further up.
const root = fileURLToPath(new URL('../..', import.meta.url))

export default { output: 'standalone', outputFileTracingRoot: root, turbopack: { root } }
