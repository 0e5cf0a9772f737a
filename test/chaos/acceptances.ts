import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

export interface Acceptance {
  pid: number
  /** Milliseconds of the machine's clock. */
  at: number
}

/** Which worker accepted which connection, by the notes that the workers made the moment they did. */
export interface Acceptances {
  /**
   * The acceptance of the connection which had this port on the client's side, or nothing if none accepted it.
   *
   * @param time.from - before the client began to connect
   * @param time.to - when the connection had ended: until then no other can have had its port
   */
  ownerOf(port: number, time: { from: number; to: number }): Acceptance | undefined
}

/** Reads the folder in which each worker has a file, named by its pid, of lines `PORT MICROSECONDS`. */
export function readAcceptances(folder: string): Acceptances {
  const byPort = new Map<number, Acceptance[]>()
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(path.join(folder, name), 'utf8').split('\n')) {
      const [port, microseconds] = line.split(' ').map(Number)
      if (!port || !microseconds) continue
      const known = byPort.get(port) ?? []
      known.push({ pid: Number(name), at: microseconds / 1000 })
      byPort.set(port, known)
    }
  }
  return createAcceptances(byPort)
}

export function createAcceptances(byPort: ReadonlyMap<number, readonly Acceptance[]>): Acceptances {
  return {
    ownerOf(port, { from, to }) {
      let owner: Acceptance | undefined
      for (const acceptance of byPort.get(port) ?? []) {
        const { at } = acceptance
        if (at >= from && at <= to && at >= (owner?.at ?? from)) owner = acceptance
      }
      return owner
    },
  }
}
