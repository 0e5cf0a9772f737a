import { createError } from '../errors.js'
import type { ScriptAddress, WantedAddress } from '../ipc/messages.js'

/** More servers of one app than anybody has: an app that listens somewhere else each time would never end. */
const mostFurther = 8

/** Before an app has said anything. */
export const unknownScript: ScriptAddress = {
  mayChoose: false,
  chosen: undefined,
  further: [],
  isAwaited: false,
}

/** What is known of a script once its worker has wanted an address; the same object if that was known. */
export function learn(known: ScriptAddress, { address, how }: WantedAddress): ScriptAddress {
  if (how === 'further') {
    if (known.further.includes(address)) return known
    if (known.further.length === mostFurther) throw tooMany(address)
    return { ...known, further: [...known.further, address] }
  }
  const chosen = known.mayChoose ? (known.chosen ?? address) : known.chosen
  const isAwaited = known.isAwaited || how === 'late'
  if (chosen === known.chosen && isAwaited === known.isAwaited) return known
  return { ...known, chosen, isAwaited }
}

function tooMany(address: string): Error {
  return createError(
    'NWORKERS_E_ADDRESS',
    address,
    `the app listens at ${mostFurther} further addresses already; give ports that only you ask by --private-port`,
  )
}
