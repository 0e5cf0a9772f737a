import { readFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../process/harness/application.js'

/** The blocks of code in this language on a page of the documentation, in their order. */
export function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(path.join(projectFolder, 'docs', page), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, block = '']) => block,
  )
}

/** The text with each of these put in place of the one before it, which must be there. */
export function adapt(text: string, ...replacements: [before: string, after: string][]): string {
  return replacements.reduce((adapted, [before, after]) => {
    if (!adapted.includes(before)) throw new Error(`The page has no ${before}`)
    return adapted.replaceAll(before, after)
  }, text)
}
