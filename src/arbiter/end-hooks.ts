import { setTimeout as delay } from 'node:timers/promises'
import type { ServerInfo } from '../hooks/hooks.js'
import type { Blueprints } from './blueprints.js'

/** How long the end waits for hooks that run, in milliseconds. */
const patience = 2_000

/** Tells the hooks of this generation that the arbiter ends, and ends those of all. Takes twice the patience at the most. */
export async function endHooks(blueprints: Blueprints, generation: number, info: ServerInfo): Promise<void> {
  const { hooks } = blueprints.of(generation)
  if (hooks) {
    await Promise.race([hooks.call('onExit', info), delay(patience, undefined, { ref: false })])
    await hooks.close(patience)
  }
  // A rollout that the stop has cut off may have one of its own; what runs there is of no interest any more.
  await Promise.all(blueprints.all().map((other) => other.hooks?.close(0)))
}
