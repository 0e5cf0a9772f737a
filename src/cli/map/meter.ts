import { deservesLine, progressLine, remaining, type Standing, writeTime } from '../../parallel/progress.js'

/** Tells on stderr how far it is. */
export interface Meter {
  advance(items: number): void
  done(): number
  /** A line of its own. */
  say(text: string): void
  end(): void
}

const barInterval = 100
const barWidth = 30

/** A bar where stderr is a terminal that does not show the results, else lines where they are asked for. */
export function createMeter(jobs: number, verbose: number, part: () => number | undefined): Meter {
  const started = performance.now()
  const hasBar = process.stderr.isTTY && !process.stdout.isTTY
  let done = 0
  let drawn = 0
  const standing = (): Standing => ({ done, elapsed: performance.now() - started, part: part() })
  const clear = () => {
    if (drawn > 0) process.stderr.write('\r\x1b[K')
  }
  return {
    advance(items) {
      const before = done
      done += items
      if (!hasBar) {
        if (deservesLine(before, done, verbose)) process.stderr.write(`${progressLine(jobs, standing())}\n`)
      } else if (performance.now() - drawn >= barInterval) {
        drawn = performance.now()
        process.stderr.write(`\r${bar(standing())}\x1b[K`)
      }
    },
    done: () => done,
    say(text) {
      clear()
      process.stderr.write(`nworkers map: ${text}\n`)
    },
    end() {
      clear()
      if (verbose > 0) process.stderr.write(`${progressLine(jobs, standing())}\n`)
    },
  }
}

function bar(standing: Standing): string {
  const { done, elapsed, part } = standing
  const left = remaining(standing)
  if (part === undefined || left === undefined) return `${done} items, ${writeTime(elapsed)}`
  const filled = Math.round(part * barWidth)
  const drawing = '#'.repeat(filled).padEnd(barWidth, '.')
  return `[${drawing}] ${Math.floor(part * 100)} %, ${done} items, ${writeTime(elapsed)}, ${writeTime(left)} left`
}
