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
    plugins: [ownPlaces],
    logLevel: 'warning',
  })
}
