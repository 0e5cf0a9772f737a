/** A worker's process as the server's log tells it. Times are milliseconds of the machine's clock. */
export interface WorkerStory {
  pid: number
  slot: number
  bootedAt: number
  exitedAt: number | undefined
  /** Why it exited, in the words of the log. */
  reason: string | undefined
}

export interface ReloadStory {
  generation: number
  startedAt: number
  endedAt: number | undefined
  /** Why it was rolled back, if it was. */
  failure: string | undefined
}

export interface LogLine {
  at: number
  text: string
}

/** What the server's log has told so far. */
export interface Story {
  workers: readonly WorkerStory[]
  reloads: readonly ReloadStory[]
  /** Times at which a worker did not leave within the graceful timeout, with its pid. */
  overdue: readonly { pid: number; at: number }[]
  /** How many workers there are to be, after each change of that. */
  targets: readonly number[]
  /** Whether a reload runs or waits. */
  isReloading(): boolean
  alive(): WorkerStory[]
  take(line: LogLine): void
}

export function createStory(): Story {
  const workers: WorkerStory[] = []
  const reloads: ReloadStory[] = []
  const overdue: { pid: number; at: number }[] = []
  const targets: number[] = []
  let queued = false

  /** What is told about one worker or one reload is told about the latest of that name. */
  const worker = (pid: string | undefined) => workers.findLast((one) => one.pid === Number(pid))
  const reload = (generation: string | undefined) =>
    reloads.findLast((one) => one.generation === Number(generation))

  const readers: [RegExp, (match: RegExpExecArray, at: number) => void][] = [
    [
      /Booting worker with pid: (\d+) \(slot (\d+)\)/,
      ([, pid, slot], at) =>
        workers.push({
          pid: Number(pid),
          slot: Number(slot),
          bootedAt: at,
          exitedAt: undefined,
          reason: undefined,
        }),
    ],
    [
      /Worker (\d+) \(slot \d+\) exited: ([a-z-]+)/,
      ([, pid, reason], at) => {
        const one = worker(pid)
        if (one) Object.assign(one, { exitedAt: at, reason })
      },
    ],
    [
      /Worker (\d+) \(slot \d+\) did not leave within the graceful timeout/,
      ([, pid], at) => overdue.push({ pid: Number(pid), at }),
    ],
    [
      /Reload: generation (\d+) replaces generation/,
      ([, generation], at) => {
        queued = false
        reloads.push({
          generation: Number(generation),
          startedAt: at,
          endedAt: undefined,
          failure: undefined,
        })
      },
    ],
    [
      /Reload: generation (\d+) serves/,
      ([, generation], at) => {
        const one = reload(generation)
        if (one) one.endedAt = at
      },
    ],
    [
      /Reload: generation (\d+) failed: (.*); generation \d+ stays/,
      ([, generation, failure], at) => {
        const one = reload(generation)
        if (one) Object.assign(one, { endedAt: at, failure })
      },
    ],
    [
      /Reload: another one follows/,
      () => {
        queued = true
      },
    ],
    [/Workers: \d+ before, (\d+) now/, ([, target]) => targets.push(Number(target))],
  ]

  const story: Story = {
    workers,
    reloads,
    overdue,
    targets,
    isReloading: () => queued || reloads.some(({ endedAt }) => endedAt === undefined),
    alive: () => workers.filter(({ exitedAt }) => exitedAt === undefined),
    take({ at, text }) {
      for (const [pattern, read] of readers) {
        const match = pattern.exec(text)
        if (match) {
          read(match, at)
          return
        }
      }
    },
  }
  return story
}
