import { isDeepStrictEqual } from 'node:util'
import { labelOf } from '../settings/names.js'
import type { Settings } from '../settings/settings.js'
import { settingNamed } from '../settings/table.js'

/** What is opened or written once, when the arbiter starts. */
const fixed = ['pid', 'controlSocket', 'admin'] as const satisfies ReadonlyArray<keyof Settings>

/** A sentence for each setting that was read again, differs from the one in force, and can't be followed. */
export function describeUnfollowed(inForce: Settings, read: Settings): string[] {
  return fixed
    .filter((name) => !isDeepStrictEqual(inForce[name], read[name]))
    .map(
      (name) =>
        `A new ${labelOf(settingNamed(name))} holds only after a restart; the one at the start stays.`,
    )
}
