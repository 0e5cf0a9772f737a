import { isDeepStrictEqual } from 'node:util'
import { poll } from './poll.js'

/** The first answer that is given ten times in a row. */
export async function settled<T>(ask: () => T): Promise<T> {
  let latest = ask()
  let same = 0
  const isSame = () => {
    const next = ask()
    same = isDeepStrictEqual(next, latest) ? same + 1 : 0
    latest = next
    return same >= 10
  }
  await poll(isSame, { what: 'nothing changes any more' })
  return latest
}
