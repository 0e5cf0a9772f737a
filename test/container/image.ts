import { readFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../process/harness/application.js'

/** What a Dockerfile starts. */
export interface Image {
  entrypoint: string[]
  command: string[]
  healthCheck: string[]
  text: string
}

/** The image of the example. */
export function readImage(): Image {
  return parseImage(readFileSync(path.join(projectFolder, 'Dockerfile'), 'utf8'))
}

export function parseImage(source: string): Image {
  const text = source.replaceAll('\\\n', ' ')
  const words = (pattern: RegExp): string[] => {
    const [, list] = pattern.exec(text) ?? []
    if (list === undefined) throw new Error(`The Dockerfile has nothing like ${pattern}`)
    return JSON.parse(list)
  }
  return {
    entrypoint: words(/^ENTRYPOINT (\[.*\])$/m),
    command: words(/^CMD (\[.*\])$/m),
    healthCheck: words(/^HEALTHCHECK (?:.* )?CMD (\[.*\])$/m),
    text,
  }
}
