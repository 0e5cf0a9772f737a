// Makes one file of the modules that a start needs, for the arbiter and for a worker: Node takes longer to find and link
// a hundred modules than to run them. What is loaded only when it is wanted stays in chunks of its own.
import { readFile, rm } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { rollup } from 'rollup'

const compiled = fileURLToPath(new URL('../dist/src/', import.meta.url))
const output = path.join(compiled, 'bundle')

/** A module in a bundle finds the files beside it as if it were still at its own place. */
const ownPlaces = {
  name: 'own-places',
  resolveImportMeta(property, { moduleId }) {
    if (property !== 'url') return null
    const place = path.relative(path.join(output, 'program'), moduleId)
    return `new URL(${JSON.stringify(place)}, import.meta.url).href`
  },
}

/**
 * Node's own modules are taken without import: for that Node reads every export, and those of `node:http` that are made
 * when they are first read (`WebSocket`) bring its whole fetch, HTTP/2 and TLS with them.
 */
const builtins = {
  name: 'builtins',
  resolveId: (name) =>
    isBuiltin(name) ? { id: `\0node:${name.replace(/^node:/, '')}`, moduleSideEffects: false } : null,
  load(id) {
    if (!id.startsWith('\0node:')) return null
    const name = id.slice(1)
    const names = Object.keys(process.getBuiltinModule(name)).filter((key) => /^[\w$]+$/.test(key))
    return [
      `const builtin = /* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(name)})`,
      'export default builtin',
      ...names.map((key) => `const $${key} = /* @__PURE__ */ (() => builtin.${key})()`),
      `export { ${names.map((key) => `$${key} as ${key}`).join(', ')} }`,
    ].join('\n')
  },
}

/**
 * The one package that every start needs, taken into the bundle for the same reason: it imports Node's own modules, and
 * that took longer than all the rest of the bundle. Its licence wants to go with it.
 */
const packageOfStart = 'yargs-parser'
const packages = {
  name: 'packages',
  resolveId: (name) => (name === packageOfStart ? fileURLToPath(import.meta.resolve(name)) : null),
}
const licence = await readFile(new URL('../../LICENSE.txt', import.meta.resolve(packageOfStart)), 'utf8')

/** All modules that are loaded with these, and these themselves. */
function loadedWith(roots, getModuleInfo) {
  const loaded = new Set()
  const visit = (id) => {
    const { isExternal, importedIds } = getModuleInfo(id)
    if (isExternal || loaded.has(id)) return
    loaded.add(id)
    importedIds.forEach(visit)
  }
  roots.forEach(visit)
  return loaded
}

/**
 * The entry stays alone beside the one chunk of a start. It awaits what it loads on demand, and that needs modules of a
 * start: were they in the entry's own file, each would wait for the other for ever.
 */
function startChunk(entry, later) {
  let loaded
  return (id, { getModuleInfo }) => {
    loaded ??= loadedWith([entry, ...later], getModuleInfo)
    return id !== entry && loaded.has(id) ? 'start' : undefined
  }
}

/** What a start loads: the entry, and what each start without a mistake imports later. */
const programs = {
  arbiter: { entry: 'cli/nworkers.js', later: ['cli/serve.js', 'arbiter/arbiter.js'] },
  worker: { entry: 'worker/main.js', later: [] },
}

await rm(output, { recursive: true, force: true })
for (const [program, { entry, later }] of Object.entries(programs)) {
  const inCompiled = (file) => path.join(compiled, file)
  const bundle = await rollup({
    input: { main: inCompiled(entry) },
    external: (name) => /^[^./\0]/.test(name) && name !== packageOfStart && !isBuiltin(name),
    plugins: [ownPlaces, packages, builtins],
    onwarn(warning, warn) {
      if (warning.code !== 'CIRCULAR_DEPENDENCY') warn(warning)
    },
  })
  await bundle.write({
    dir: path.join(output, program),
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    banner: ({ moduleIds }) =>
      moduleIds.some((id) => id.includes(`/${packageOfStart}/`))
        ? `/*! ${packageOfStart}, which is part of this file:\n\n${licence.trim()}\n*/`
        : '',
    manualChunks: startChunk(inCompiled(entry), later.map(inCompiled)),
    onlyExplicitManualChunks: true,
    hoistTransitiveImports: false,
  })
  await bundle.close()
}
