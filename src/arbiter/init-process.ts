/**
 * What to say where this process is the first one of its container. Whose parent ends becomes a child of that one, which
 * has to wait for its end; Node does so only for children of its own.
 */
export function describeMissingInit(pid: number): string | undefined {
  if (pid !== 1) return undefined
  return (
    'nworkers runs as PID 1, so processes that workers leave behind become zombies when they end, since Node does not reap them. ' +
    'Start it under an init: docker run --init, or tini -- nworkers ….'
  )
}
