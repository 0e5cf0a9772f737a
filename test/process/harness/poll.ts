export interface PollOptions {
  /** Milliseconds to wait at most. */
  deadline?: number
  /** What is waited for, as the failure names it. */
  what: string
}

const interval = 20

/**
 * Asks again and again until the probe answers something truthy, and gives that back.
 * An exception of the probe counts as "not yet" and is the cause of the error when the deadline passes.
 */
export async function poll<T>(
  probe: () => T | Promise<T>,
  { deadline = 20_000, what }: PollOptions,
): Promise<Exclude<T, undefined | null | false | 0 | ''>> {
  const until = performance.now() + deadline
  let cause: unknown
  do {
    try {
      const answer = await probe()
      if (answer) return answer as Exclude<T, undefined | null | false | 0 | ''>
      cause = undefined
    } catch (error) {
      cause = error
    }
    await new Promise((resolve) => setTimeout(resolve, interval))
  } while (performance.now() < until)
  throw new Error(`Not within ${deadline} ms: ${what}`, { cause })
}

/** Fails when the promise has not settled within the deadline. */
export async function within<T>(promise: Promise<T>, { deadline = 20_000, what }: PollOptions): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Not within ${deadline} ms: ${what}`)), deadline)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
