import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const page = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))

/** Puts the text between the marks of this benchmark in docs/benchmarks.md, or at its end; the rest of the page stays. */
export function writeSection(name: string, text: string): void {
  const begin = `<!-- ${name}: written by npm run bench:${name} -->`
  const end = `<!-- /${name} -->`
  const old = readFileSync(page, 'utf8')
  const section = `${begin}\n\n${text.trim()}\n\n${end}`
  const [from, to] = [old.indexOf(begin), old.indexOf(end)]
  const isThere = from >= 0 && to > from
  writeFileSync(
    page,
    isThere ? old.slice(0, from) + section + old.slice(to + end.length) : `${old.trimEnd()}\n\n${section}\n`,
  )
}
