import { now } from './clock.js'

/** What the driver did, and when. */
export interface Journal {
  entries: readonly Entry[]
  note(text: string): void
  /** What had been done last at that time. */
  lastBefore(at: number): Entry | undefined
}

export interface Entry {
  /** Milliseconds of the machine's clock. */
  at: number
  text: string
}

export function createJournal(onNote: (entry: Entry) => void): Journal {
  const entries: Entry[] = []
  return {
    entries,
    note(text) {
      const entry = { at: now(), text }
      entries.push(entry)
      onNote(entry)
    },
    lastBefore: (at) => entries.findLast((entry) => entry.at <= at),
  }
}
