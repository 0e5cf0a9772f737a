import type { Server } from './server.js'

/** Reloads so many times, each when the one before is done; `generation` is the one that serves. Gives the last. */
export async function reload(server: Server, generation: number, times: number): Promise<number> {
  const last = generation + times
  for (let next = generation + 1; next <= last; next++) {
    const after = server.mark()
    server.signal('SIGHUP')
    await server.waitForLog(new RegExp(`Ready: generation ${next}, `), { after })
  }
  return last
}
