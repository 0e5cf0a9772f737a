import type { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'

/** How long the end waits for slow readers of what the app has written last, in milliseconds. */
const lastFlush = 500

/** Ends the process when its output is written. */
export async function exit(code: number): Promise<never> {
  await Promise.race([Promise.all([written(process.stdout), written(process.stderr)]), delay(lastFlush)])
  process.exit(code)
}

function written(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve()
    else stream.write('', () => resolve())
  })
}
