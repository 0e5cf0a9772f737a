import { subcommandNamed } from './subcommand.js'

const preload =
  'Node cannot fork a live heap, so an app cannot be loaded before the workers start. Share large data through files, memory-mapped or in a store of its own, and start plain workers without --preload.'
const daemon =
  'nworkers stays in the foreground. Let systemd or a container run it in the background, and leave this option out.'
const workerClass =
  'There is one class of workers, since every Node app is asynchronous already. Leave this option out, and choose the number of workers with --workers.'

/** Options of servers like this one that make no sense here, each with the way out. */
const refusals: Readonly<Record<string, string>> = {
  '-D': daemon,
  '--daemon': daemon,
  '--preload': preload,
  '--threads':
    'A worker runs JavaScript on one thread. Use more --workers instead, or give the native thread pool more threads with --env UV_THREADPOOL_SIZE=8.',
  '-k': workerClass,
  '--worker-class': workerClass,
  '--reuse-port':
    'All workers share the one socket that the arbiter holds, so that no connection is lost when a worker leaves. Leave this option out.',
}

/** Why the option is not here and what to do instead; undefined for an option that is simply unknown. */
export function refuseOption(word: string): string | undefined {
  const reason = Object.hasOwn(refusals, word) ? refusals[word] : undefined
  return reason && `${word} is not supported: ${reason}`
}

/** Why the word cannot name an app; undefined where it can. */
export function refuseApp(word: string): string | undefined {
  if (!subcommandNamed(word)) return undefined
  return `The command ${word} comes first, as in "nworkers ${word} …"; write ./${word} for an app of that name.`
}
