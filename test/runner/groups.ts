import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../process/harness/application.js'

/** Test files that run together, with so many at a time. */
export interface Group {
  name: string
  /** Folders under `test/`. */
  folders: string[]
  concurrency: number
  /** The major version of the Node that runs the servers under test; the tests' own by default. */
  nodeMajor?: number
}

const sources = path.join(projectFolder, 'test')
/** Folders whose tests start real processes; every other one holds units. */
const processFolders = [
  'process',
  'chaos',
  'kubernetes',
  'long',
  'systemd',
  'apps',
  'browser',
  'inference-long',
  'tls',
  'package',
  'container',
  'proxies',
  'fleet',
  'manual',
]
/** The tests that lie beside the folders. */
const topLevel = '.'
const noTests = ['fixtures', 'runner']

function unitFolders(): string[] {
  return readdirSync(sources, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && ![...processFolders, ...noTests].includes(entry.name))
    .map((entry) => entry.name)
}

const groups: Group[] = [
  { name: 'units', folders: [topLevel, ...unitFolders()], concurrency: 2 },
  { name: 'process', folders: ['process', 'chaos'], concurrency: 2 },
  { name: 'kubernetes', folders: ['kubernetes'], concurrency: 2 },
  { name: 'systemd', folders: ['systemd'], concurrency: 1 },
  { name: 'apps', folders: ['apps'], concurrency: 2 },
  { name: 'container', folders: ['container'], concurrency: 1 },
  { name: 'proxies', folders: ['proxies'], concurrency: 1 },
  { name: 'fleet', folders: ['fleet'], concurrency: 1 },
  { name: 'manual', folders: ['manual'], concurrency: 2 },
  { name: 'package', folders: ['package'], concurrency: 1 },
  { name: 'tls', folders: ['tls'], concurrency: 1 },
  { name: 'browser', folders: ['browser'], concurrency: 1 },
  { name: 'long', folders: ['long'], concurrency: 1 },
  { name: 'inference', folders: ['inference-long'], concurrency: 1 },
  ...[22, 24, 26].map((nodeMajor) => ({
    name: `node-${nodeMajor}`,
    folders: ['process'],
    concurrency: 2,
    nodeMajor,
  })),
]

const quick = ['units', 'process', 'kubernetes']

/** Words that stand for several groups. `all` is what the default leaves out for the sake of time. */
const collections: Record<string, string[]> = {
  default: quick,
  matrix: groups.filter(({ nodeMajor }) => nodeMajor).map(({ name }) => name),
  all: groups.map(({ name }) => name).filter((name) => !quick.includes(name)),
}

export const groupNames = [...Object.keys(collections), ...groups.map(({ name }) => name)]

/** The groups that these words name, each once, in the order in which they run. */
export function selectGroups(words: string[]): Group[] {
  const names = words.flatMap((word) => collections[word] ?? [word])
  return groups.filter(({ name }) => names.includes(name))
}

/**
 * The compiled test files of a group. They are found by their sources: what a deleted test has left in the output
 * folder does not run.
 */
export function testFiles(group: Group): string[] {
  const folders = group.folders.filter((folder) => existsSync(path.join(sources, folder)))
  return folders.flatMap((folder) =>
    readdirSync(path.join(sources, folder), { recursive: folder !== topLevel, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
      .map((name) => path.join(projectFolder, 'dist/test', folder, name.replace(/\.ts$/, '.js')))
      .sort(),
  )
}
