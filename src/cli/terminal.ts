import { NworkersError } from '../errors.js'

/** The columns to fill with help: those of the terminal, at most 100. */
export function helpWidth(): number {
  return Math.min(process.stdout.columns ?? 80, 100)
}

/** Writes a line to stdout. A reader that has closed its end, as `head` does, is no error. */
export function print(text: string): void {
  process.stdout.once('error', () => {})
  process.stdout.write(`${text}\n`)
}

/** Passes on what a process of ours says. */
export function forward(chunk: Buffer): void {
  process.stderr.write(chunk)
}

/** Tells the user what went wrong and returns the exit code. Only an error of our own making shows its stack. */
export function reportError(error: unknown, program = 'nworkers'): number {
  const known = error instanceof NworkersError
  const text = known ? error.message : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`${program}: error: ${text}\n`)
  return known ? error.exitCode : 1
}
