import type { WorkerContext } from '../worker-context.js'
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

/** What the module exports, what the user asks of it, and the worker that its hooks are told. */
interface AppModule {
  exports: ModuleExports
  specifier: Specifier
  worker: WorkerContext | undefined
  isAwaited: boolean
}

/**
 * Loads the app that `MODULE[:EXPORT]` names, relative to `chdir`, and awaits its `start` hook. It does not listen, except
 * for a script that listens by itself, which `listening` decides about. Its hooks are given `worker`.
 *
 * @param options.isAwaited - the app is known to listen by itself, however late: what it exports is not served
 *
 * Throws `NWORKERS_E_SPECIFIER` when the specifier does not lead to something that can serve HTTP and
 * `NWORKERS_E_BOOT` when the app's own code threw. Code of the app that hangs or ends the process is the caller's matter.
 */
export async function loadApp(
  text: string,
  options: {
    chdir: string
    listening?: ListenPolicy
    isAwaited?: boolean
    worker?: WorkerContext | undefined
  },
): Promise<App> {
  const specifier = parseSpecifier(text)
  const { chdir, listening, isAwaited = false, worker } = options
  const file = resolveModule(specifier.module, chdir)
  const listens = recordListening(listening)
  try {
    const exports = readExports(await importModule(file, specifier.module))
    return await load({ exports, specifier, worker, isAwaited }, listens)
  } finally {
    listens.end()
  }
}

async function load(module: AppModule, listens: ListenRecord): Promise<App> {
  const script = await loadScript(module, listens)
  if (script !== undefined) return script
  const candidate = await pickExport(module.exports, module.specifier)
  const adapt = recognise(candidate)
  if (adapt === undefined) throw refuse(candidate)

  await start(module)
  const app = await adaptTo(adapt, candidate)
  if (listens.has(app.server)) throw alreadyListening(candidate)
  return withHooks({ ...app, exported: candidate.value }, module)
}

/**
 * The app of a script that listens by itself: it has done so while it was loading, or it exports nothing and does so
 * when it has connected to its database, or whatever it does first.
 */
async function loadScript(module: AppModule, listens: ListenRecord): Promise<App | undefined> {
  const { exports, specifier, isAwaited } = module
  const isBare = exports.names.every((name) => hookNames.some((hookName) => hookName === name))
  const mayListen = isAwaited || (specifier.export === undefined && isBare)
  if (listens.served === undefined && !mayListen) return undefined
  if (listens.served === undefined) await listens.untilServed()
  if (listens.served === undefined) return undefined
  await start(module)
  return withHooks({ kind: 'script', server: listens.served }, module)
}

function withHooks(app: App, module: AppModule): App {
  const stop = inTurn(app.stop, hook(module, 'stop'))
  const drain = hook(module, 'drain')
  return { ...app, ...(stop && { stop }), ...(drain && { drain }) }
}

/** A function of this name is a hook, unless the specifier names it as the app or its factory. */
function hook({ exports, specifier, worker }: AppModule, name: HookName): (() => unknown) | undefined {
  if (specifier.export?.names[0] === name) return undefined
  const value = exports.get(name)
  return isCallable(value) ? () => value(worker) : undefined
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

async function start(module: AppModule): Promise<void> {
  try {
    await hook(module, 'start')?.()
  } catch (thrown) {
    throw await bootFailure(`The start hook of ${module.specifier.module} failed`, thrown)
  }
}
