import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { projectFolder } from './process/harness/application.js'

const manual = readdirSync(path.join(projectFolder, 'docs')).filter((name) => name.endsWith('.md'))
const pages = [
  ...['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'examples/inference-app/README.md'],
  ...manual.map((name) => `docs/${name}`),
]

const textOf = (page: string) => readFileSync(path.join(projectFolder, page), 'utf8')

for (const page of pages) {
  test(`${page}: every link leads to a file that there is, and to a heading in it`, () => {
    const dead = linksOf(page).filter(({ file, heading }) => {
      if (!existsSync(path.join(projectFolder, file))) return true
      return heading !== undefined && !anchorsOf(file).has(heading)
    })
    assert.deepEqual(dead, [])
  })
}

test('the index of the manual has every page', () => {
  const indexed = new Set(linksOf('docs/README.md').map(({ file }) => file))
  const missing = manual.filter((name) => name !== 'README.md' && !indexed.has(`docs/${name}`))
  assert.deepEqual(missing, [])
})

test('CONTRIBUTING.md tells of every folder of the source', () => {
  const folders = readdirSync(path.join(projectFolder, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `src/${name}/`)
  const told = textOf('CONTRIBUTING.md')
  const missing = folders.filter((folder) => !told.includes(`\`${folder}`))
  assert.deepEqual(missing, [])
})

interface Link {
  /** Relative to the checkout. */
  file: string
  heading: string | undefined
}

/** The links of a page that stay in the checkout. */
function linksOf(page: string): Link[] {
  const targets = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file, heading] = target.split('#')
      return { file: file ? path.join(path.dirname(page), file) : page, heading }
    })
}

/** What headings of a page are called in links, as GitHub makes it of their text. */
function anchorsOf(page: string): Set<string> {
  const headings = [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
