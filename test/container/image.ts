import { readFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../process/harness/application.js'

/** What the Dockerfile starts. */
export interface Image {
  entrypoint: string[]
  command: string[]
  healthCheck: string[]
  text: string
}

export function readImage(): Image {
  const text = readFileSync(path.join(projectFolder, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ')
  const words = (pattern: RegExp): string[] => {
    const [, list] = pattern.exec(text) ?? []
    if (list === undefined) throw new Error(`The Dockerfile has nothing like ${pattern}`)
    return JSON.parse(list)
  }
  return {
    entrypoint: words(/^ENTRYPOINT (\[.*\])$/m),
    command: words(/^CMD (\[.*\])$/m),
    healthCheck: words(/^HEALTHCHECK .* CMD (\[.*\])$/m),
    text,
  }
}
