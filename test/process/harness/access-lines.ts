import { readFileSync } from 'node:fs'
import { poll } from './poll.js'

/** A line of an access log in JSON, as far as tests ask. */
export interface AccessLine {
  method: string
  url: string
  status: number
  bytes: number
  aborted?: true
  pid: number
  slot: number
  queue_ms?: number
  [field: string]: unknown
}

/** The whole lines of these files; a last line without its end is an error. */
export function readLines(...files: string[]): string[] {
  return files.flatMap((file) => {
    const lines = readFileSync(file, 'utf8').split('\n')
    if (lines.pop() !== '') throw new Error(`${file} ends within a line`)
    return lines
  })
}

/** Parses every line; one that is torn or mixed with another is an error. */
export function readAccessLines(...files: string[]): AccessLine[] {
  return readLines(...files).map((line) => JSON.parse(line) as AccessLine)
}

/** The lines when there are so many. Lines come a moment after their answers. */
export async function accessLines(file: string, count: number): Promise<AccessLine[]> {
  await poll(() => readLines(file).length >= count, { what: `${count} lines are in the access log` })
  return readAccessLines(file)
}

/** The line of the one request for this URL. */
export function lineOf(file: string, url: string): Promise<AccessLine> {
  return poll(() => readAccessLines(file).find((line) => line.url === url), {
    what: `${url} is in the access log`,
  })
}
