import type { App } from './app.js'
import { bootFailure } from './boot-failure.js'
import { pickExport } from './export.js'
import { type Candidate, recognise } from './kinds.js'
import { type ListenPolicy, type ListenRecord, recordListening } from './listening.js'
import { importModule } from './module.js'
import { type ModuleExports, readExports } from './namespace.js'
import { alreadyListening, refuse } from './refusal.js'
import { resolveModule } from './resolve.js'
import { parseSpecifier, type Specifier } from './specifier.js'
import { isCallable } from './value.js'

/** Functions that a module may export next to its app. */
const hookNames = ['start', 'stop', 'drain'] as const
type HookName = (typeof hookNames)[number]

/**
 * Loads the app that `MODULE[:EXPORT]` names, relative to `chdir`, and awaits its `start` hook. It does not listen, except
 * for a script that listens by itself, which `listening` decides about.
 *
 * Throws `NWORKERS_E_SPECIFIER` when the specifier does not lead to something that can serve HTTP and
 * `NWORKERS_E_BOOT` when the app's own code threw. Code of the app that hangs or ends the process is the caller's matter.
 */
export async function loadApp(
  text: string,
  options: { chdir: string; listening?: ListenPolicy },
): Promise<App> {
  const specifier = parseSpecifier(text)
  const file = resolveModule(specifier.module, options.chdir)
  const listens = recordListening(options.listening)
  try {
    return await load(file, specifier, listens)
  } finally {
    listens.end()
  }
}

async function load(file: string, specifier: Specifier, listens: ListenRecord): Promise<App> {
  const exports = readExports(await importModule(file, specifier.module))
  const script = await loadScript(exports, specifier, listens)
  if (script !== undefined) return script
  const candidate = await pickExport(exports, specifier)
  const adapt = recognise(candidate)
  if (adapt === undefined) throw refuse(candidate)

  await start(hook(exports, specifier, 'start'), specifier)
  const app = await adaptTo(adapt, candidate)
  if (listens.has(app.server)) throw alreadyListening(candidate)
  return withHooks(app, exports, specifier)
}

/**
 * The app of a script that listens by itself: it has done so while it was loading, or it exports nothing and does so
 * when it has connected to its database, or whatever it does first.
 */
async function loadScript(
  exports: ModuleExports,
  specifier: Specifier,
  listens: ListenRecord,
): Promise<App | undefined> {
  const isBare = exports.names.every((name) => hookNames.some((hookName) => hookName === name))
  if (listens.served === undefined && (specifier.export !== undefined || !isBare)) return undefined
  if (listens.served === undefined) await listens.untilServed()
  if (listens.served === undefined) return undefined
  await start(hook(exports, specifier, 'start'), specifier)
  return withHooks({ kind: 'script', server: listens.served }, exports, specifier)
}

function withHooks(app: App, exports: ModuleExports, specifier: Specifier): App {
  const stop = inTurn(app.stop, hook(exports, specifier, 'stop'))
  const drain = hook(exports, specifier, 'drain')
  return { ...app, ...(stop && { stop }), ...(drain && { drain }) }
}

/** A function of this name is a hook, unless the specifier names it as the app or its factory. */
function hook(exports: ModuleExports, specifier: Specifier, name: HookName): (() => unknown) | undefined {
  if (specifier.export?.names[0] === name) return undefined
  const value = exports.get(name)
  return isCallable(value) ? value : undefined
}

async function adaptTo(adapt: () => Promise<App>, { subject }: Candidate): Promise<App> {
  try {
    return await adapt()
  } catch (thrown) {
    throw await bootFailure(`${subject} failed while it started`, thrown)
  }
}

/** The framework ends before what the module's own hook started. */
function inTurn(
  first: (() => unknown) | undefined,
  second: (() => unknown) | undefined,
): (() => unknown) | undefined {
  if (first === undefined || second === undefined) return first ?? second
  return async () => {
    try {
      await first()
    } finally {
      await second()
    }
  }
}

async function start(run: (() => unknown) | undefined, { module }: Specifier): Promise<void> {
  try {
    await run?.()
  } catch (thrown) {
    throw await bootFailure(`The start hook of ${module} failed`, thrown)
  }
}
