/** What each error says and which exit code it leads to. Every text names what was given and the way out. */
const catalogue = {
  NWORKERS_E_USAGE: { exitCode: 2, text: (problem: string) => problem },
  NWORKERS_E_SETTING: {
    exitCode: 2,
    text: (source: string, given: string, expected: string) =>
      `Invalid value for ${source}: ${given}. Expected ${expected}.`,
  },
  NWORKERS_E_CONFIG: {
    exitCode: 2,
    text: (path: string, problem: string) => `Config file ${path}: ${problem}`,
  },
  NWORKERS_E_MANIFEST: {
    exitCode: 2,
    text: (place: string, problem: string) => `Manifest ${place}: ${problem}`,
  },
  NWORKERS_E_TLS: { exitCode: 2, text: (problem: string) => problem },
  NWORKERS_E_ADDRESS_IN_USE: {
    exitCode: 1,
    text: (address: string, holder: string) =>
      `Address ${address} is already in use${holder}. Stop that process or choose another address with --bind.`,
  },
  NWORKERS_E_ADDRESS: {
    exitCode: 1,
    text: (address: string, reason: string) => `Cannot listen at ${address}: ${reason}.`,
  },
  NWORKERS_E_PIDFILE: { exitCode: 1, text: (path: string, reason: string) => `Pidfile ${path}: ${reason}.` },
  NWORKERS_E_CONTROL_SOCKET: {
    exitCode: 1,
    text: (path: string, reason: string) => `Control socket ${path}: ${reason}.`,
  },
  NWORKERS_E_CONTROL: { exitCode: 1, text: (problem: string) => problem },
  NWORKERS_E_NO_ARBITER: { exitCode: 3, text: (problem: string) => problem },
  NWORKERS_E_UPGRADE: { exitCode: 1, text: (reason: string) => `Upgrade: ${reason}.` },
  NWORKERS_E_LOG_FILE: {
    exitCode: 1,
    text: (path: string, reason: string) => `Log file ${path} can't be opened: ${reason}.`,
  },
  NWORKERS_E_BOOT: { exitCode: 3, text: (problem: string) => problem },
  NWORKERS_E_SPECIFIER: { exitCode: 4, text: (problem: string) => problem },
  NWORKERS_E_OUTPUT: {
    exitCode: 1,
    text: (path: string, reason: string) => `Cannot write to ${path}: ${reason}.`,
  },
  NWORKERS_E_ITEM: { exitCode: 1, text: (item: string, problem: string) => `${item} failed: ${problem}` },
  NWORKERS_E_ITEM_TIMEOUT: {
    exitCode: 1,
    text: (milliseconds: string) => `It took longer than ${milliseconds} ms`,
  },
  NWORKERS_E_ITEM_DEATH: {
    exitCode: 1,
    text: (reason: string) => `Its worker died each time it was computed; the last one ${reason}`,
  },
} as const satisfies Record<string, { exitCode: number; text: (...details: string[]) => string }>

export type ErrorCode = keyof typeof catalogue

/** An error whose message is a sentence for the user and whose code and exit code are part of the contract. */
export class NworkersError extends Error {
  override readonly name = 'NworkersError'
  readonly code: ErrorCode
  /** The exit code of the process when this error ends it. */
  readonly exitCode: number

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.exitCode = catalogue[code].exitCode
  }
}

/** Makes the error with this code; the details fill its text. It is returned, not thrown. */
export function createError<Code extends ErrorCode>(
  code: Code,
  ...details: Parameters<(typeof catalogue)[Code]['text']>
): NworkersError {
  const text: (...details: string[]) => string = catalogue[code].text
  return new NworkersError(code, text(...details))
}
