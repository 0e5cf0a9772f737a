import type { Place } from './place.js'

/** An error breaks the service sooner or later, a warning may be meant, a note says what was assumed. */
export type Severity = 'error' | 'warning' | 'note'

/** Something to say about a place in a manifest: what is there, and what ought to be. */
export interface Finding {
  file: string
  line: number
  severity: Severity
  /** Sentences. */
  text: string
}

export const error = finding('error')
export const warning = finding('warning')
export const note = finding('note')

function finding(severity: Severity): (place: Place, text: string) => Finding {
  return ({ file, line }, text) => ({ file, line, severity, text })
}

/** One line, as compilers write theirs, so that editors and CI find the place. */
export function formatFinding({ file, line, severity, text }: Finding): string {
  return `${file}:${line}: ${severity}: ${text}`
}
