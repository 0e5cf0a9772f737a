// Makes one file of the modules that a start needs, for the arbiter and for a worker: Node takes longer to find and link
// a hundred modules than to run them. What is loaded only when it is wanted stays in chunks of its own.
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const compiled = fileURLToPath(new URL('../dist/src/', import.meta.url))
const output = path.join(compiled, 'bundle')

/** A module in a bundle finds the files beside it as if it were still at its own place. */
const ownPlaces = {
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path: file }) => {
      const text = await readFile(file, 'utf8')
      const place = path.relative(path.join(output, 'program'), file)
      return {
        contents: text.replaceAll(
          'import.meta.url',
          `new URL(${JSON.stringify(place)}, import.meta.url).href`,
        ),
      }
    })
  },
}

/**
 * Node's own modules are taken without import: for that Node reads every export, and those of `node:http` that are made
 * when they are first read (`WebSocket`) bring its whole fetch, HTTP/2 and TLS with them.
 */
const builtins = {
  name: 'builtins',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^node:/, namespace: 'file' }, ({ path: name }) => ({
      path: name,
      namespace: 'builtin',
      sideEffects: false,
    }))
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path: name }) => {
      const names = Object.keys(process.getBuiltinModule(name)).filter((key) => /^[\w$]+$/.test(key))
      return {
        contents: [
          `const builtin = /* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(name)})`,
          'export default builtin',
          ...names.map((key) => `const $${key} = /* @__PURE__ */ (() => builtin.${key})()`),
          `export { ${names.map((key) => `$${key} as ${key}`).join(', ')} }`,
        ].join('\n'),
      }
    })
  },
}

await rm(output, { recursive: true, force: true })
for (const [program, entry] of [
  ['arbiter', 'cli/nworkers.js'],
  ['worker', 'worker/main.js'],
]) {
  await build({
    entryPoints: [path.join(compiled, entry)],
    outdir: path.join(output, program),
    entryNames: 'main',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    plugins: [ownPlaces, builtins],
    logLevel: 'warning',
  })
}
