/** A command beside serving an app, known by the first word of the command line. */
export interface Subcommand {
  word: string
  /** What follows the name of the program. */
  usage: string
  /** One sentence. */
  doc: string
  /** Loads it; what it gives takes the words after its own and returns the exit code. */
  load(): Promise<(words: readonly string[]) => Promise<number>>
}

/** Every subcommand there is. Each is loaded only when it is asked for. */
export const subcommands: readonly Subcommand[] = [
  {
    word: 'map',
    usage: 'map [options] MODULE:EXPORT',
    doc: 'Compute a function for each item on stdin, on all cores',
    load: async () => (await import('./map.js')).map,
  },
  {
    word: 'init',
    usage: 'init systemd [options] APP',
    doc: 'Print a systemd unit that serves the app with these options',
    load: async () => (await import('./init.js')).init,
  },
  {
    word: 'check',
    usage: 'check kubernetes FILE…',
    doc: 'Say what in manifests does not fit nworkers',
    load: async () => (await import('./check.js')).check,
  },
]

/** The subcommand that this first word of a command line names. */
export function subcommandNamed(word: string | undefined): Subcommand | undefined {
  return subcommands.find((subcommand) => subcommand.word === word)
}
