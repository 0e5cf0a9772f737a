import type { Running } from './systems/running.js'
import type { nodeSystems, System } from './systems/systems.js'

/** What a section is given to measure with. */
export interface Bench {
  /** One tiny round of nworkers and bare node, to see that everything works. */
  quick: boolean
  systems: ReturnType<typeof nodeSystems> & { gunicorn: System }
  /** Starts a system at a free port; it is stopped at the end of the section at the latest. */
  start(system: System, workers: number): Promise<Running>
  /** Tells whoever waits. */
  say(text: string): void
}

/** What was to be reached, and what was measured. */
export interface Goal {
  /** `CPU per short connection, 2 workers: of node:cluster round robin at most`. */
  text: string
  limit: number
  measured: number
}

export interface Findings {
  /** Markdown. */
  text: string
  goals: Goal[]
  /** Drawings for the page, by their names. */
  drawings?: Record<string, string>
}

/** One part of the benchmark, a file each in `sections/`. */
export interface Section {
  /** For the command line. */
  name: string
  title: string
  measure(bench: Bench): Promise<Findings>
}

/** A table in Markdown; all columns but the first hold numbers. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join(
    '\n',
  )
}
