import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** joblib in a Python of its own, which computes when it is asked: one thing at a time. */
export async function startJoblib(python) {
  const child = spawn(python, [fileURLToPath(new URL('work.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await answers.next()
    if (done) throw new Error('Python has ended.')
    return JSON.parse(value)
  }
  const { version } = await next()
  return {
    version,
    /** `{ seconds, processor, total }` of so many items on so many jobs of this backend; `loop` is none. */
    compute(backend, jobs, items, limit) {
      child.stdin.write(`${backend} ${jobs} ${items} ${limit}\n`)
      return next()
    },
    end: () => child.stdin.end(),
  }
}
