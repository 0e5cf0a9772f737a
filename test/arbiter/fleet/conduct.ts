import type { BootFailure, Exit } from '../../../src/arbiter/fleet/event.js'
import type { WantedAddress } from '../../../src/ipc/messages.js'

/** Never: a time that does not come. */
export const never = Number.POSITIVE_INFINITY

/** What a simulated process does by itself and how long it takes to obey, in milliseconds. */
export interface Conduct {
  /** No process can be made, with this message. */
  readonly refused: string | undefined
  /** From the spawn until its app is loaded. */
  readonly loads: number
  /** From the spawn until the arbiter hears that it is ready. */
  readonly readies: number
  /** For how long it serves by then. */
  readonly unheard: number
  /** From the spawn until it says that it can't boot; it ends a little later. */
  readonly fails: number
  readonly failure: BootFailure
  /** From the spawn until its app listens at an address that is not held; if it boots it ends at once. */
  readonly needs: number
  readonly wanted: WantedAddress
  /** From the spawn until it ends by itself without a word. */
  readonly dies: number
  readonly exit: Exit
  /** From the order to drain until it has left. */
  readonly drains: number
  /** From the order to quit until it has left. */
  readonly quits: number
  /** From the order to examine it until its stack is had. */
  readonly examined: number
  /** Between two beats. */
  readonly beats: number
}

/** A process that boots well, serves for ever and obeys. */
export const steady: Conduct = {
  refused: undefined,
  loads: 80,
  readies: 100,
  unheard: 0,
  fails: never,
  needs: never,
  wanted: { address: '[::]:3000', how: 'first' },
  failure: { code: 'NWORKERS_E_BOOT', exitCode: 3, message: 'The app threw while loading.\n    at app.js:1' },
  dies: never,
  exit: { code: 1, signal: null, outOfMemory: false },
  drains: 50,
  quits: 10,
  examined: 20,
  beats: 1_000,
}

/** It says why it can't boot. */
export const broken: Conduct = { ...steady, loads: never, readies: never, fails: 60 }

/** It serves for a while before the arbiter hears of it, and what it has accepted takes its time. */
export const heardLate: Conduct = { ...steady, readies: 200, unheard: 80, drains: 3_000 }

/** Its app listens at an address of its own. */
export const needy: Conduct = { ...steady, loads: never, readies: never, needs: 60 }

/** It serves, and then makes a further server listen. */
export const needyLater: Conduct = {
  ...steady,
  needs: 3_000,
  wanted: { address: '[::]:3001', how: 'further' },
}

/** It never becomes ready. */
export const stuckBooting: Conduct = { ...steady, loads: never, readies: never }

/** No process can be made for it. */
export const refused: Conduct = { ...steady, refused: 'spawn EAGAIN' }

/** It dies this long after the spawn. */
export function shortLived(dies: number): Conduct {
  return { ...steady, dies }
}

/** It obeys nothing but a kill. */
export const obeysKillAlone: Conduct = { ...steady, drains: never, quits: never }

/** Good and bad processes by name. */
export const characters = {
  steady,
  slow: { ...steady, loads: 900, readies: 2_000, drains: 3_000 },
  heardLate,
  broken,
  needy,
  needyMore: { ...needy, wanted: needyLater.wanted },
  needyLater,
  stuckBooting,
  refused,
  diesBooting: shortLived(40),
  diesYoung: shortLived(300),
  diesLater: shortLived(7_000),
  silent: { ...steady, beats: never },
  silentAndOpaque: { ...steady, beats: never, examined: never },
  neverDrains: { ...steady, drains: never },
  obeysKillAlone,
} as const satisfies Record<string, Conduct>

export type Character = keyof typeof characters
