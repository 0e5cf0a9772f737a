import { inheritedEnvironment } from '../arbiter/upgrade/inheritance.js'
import { findPredecessor, type Predecessor } from '../arbiter/upgrade/predecessor.js'
import { programOf } from '../arbiter/upgrade/program.js'
import { type Configuration, configure } from '../config/configure.js'
import type { Start } from '../settings/resolve.js'
import { forward } from './terminal.js'

/** Serves the app until it is stopped. Returns the exit code. */
export async function serve(given: Start): Promise<number> {
  const program = programOf(process, { named: given.cwd, real: process.cwd() })
  const predecessor = findPredecessor()
  const start = { ...given, env: inheritedEnvironment(given.env, predecessor) }
  const { settings, sources, hooks } = await configureFirst(start, predecessor)
  const { runArbiter } = await import('../arbiter/arbiter.js')
  return runArbiter({
    settings,
    hooks,
    isAddressOpen: sources.bind.from === 'default',
    cwd: start.cwd,
    predecessor,
    program,
    resolve: (around) => configure(start, around),
  })
}

/** An arbiter that waits for this one learns why it can't start. */
async function configureFirst(start: Start, predecessor: Predecessor | undefined): Promise<Configuration> {
  try {
    return await configure(start, { onOutput: forward })
  } catch (error) {
    predecessor?.tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) })
    throw error
  }
}
