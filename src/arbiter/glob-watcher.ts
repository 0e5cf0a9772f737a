import { basename, dirname, relative, resolve, sep } from 'node:path'

/** A glob of which files under a folder are asked. */
interface Pattern {
  /** The folder that everything of it is in. Absolute. */
  base: string
  matches(path: string): boolean
  /** Whether something in this folder may match. */
  reachesInto(folder: string): boolean
}

/**
 * Says when a file that matches one of the globs is new, saved or removed. The globs start at the folder; what is in a
 * `node_modules` is left out. Gives the way to end it; nothing is said after that.
 */
export function watchGlobs(
  globs: readonly string[],
  folder: string,
  { onChange, onError }: { onChange(path: string): void; onError(error: unknown): void },
): () => void {
  let isOver = false

  async function open() {
    const { watch } = await import('chokidar')
    const patterns = await Promise.all(globs.map((glob) => patternOf(glob, folder)))
    const opened = watch(
      patterns.map(({ base }) => base),
      {
        ignoreInitial: true,
        ignored(path, stats) {
          if (relative(folder, path).split(sep).includes('node_modules')) return true
          if (stats?.isFile()) return !patterns.some(({ matches }) => matches(path))
          return stats?.isDirectory() === true && !patterns.some(({ reachesInto }) => reachesInto(path))
        },
      },
    )
    const note = (path: string) => {
      if (!isOver && patterns.some(({ matches }) => matches(path))) onChange(path)
    }
    opened.on('add', note).on('change', note).on('unlink', note).on('error', onError)
    return opened
  }

  const opening = open()
  opening.catch(onError)
  return () => {
    isOver = true
    void opening.then((opened) => opened.close()).catch(() => {})
  }
}

async function patternOf(glob: string, folder: string): Promise<Pattern> {
  const { default: picomatch } = await import('picomatch')
  // A name with ! in front is the name of a file: there is nothing that it would take away from.
  const scanned = picomatch.scan(glob, { nonegate: true })
  const isPlain = scanned.glob === ''
  const base = resolve(folder, isPlain ? dirname(scanned.base) : scanned.base)
  const pattern = isPlain ? basename(scanned.base) : scanned.glob
  const isMatch = picomatch(pattern, { nonegate: true })
  // Each part is one step down, unless it is a globstar or an alternative, which may hold a slash.
  const depth = /\*\*|[{(]/.test(pattern) ? Number.POSITIVE_INFINITY : pattern.split('/').length
  const namesHidden = /(?:^|[/{(,|])\\?\./.test(pattern)
  return {
    base,
    matches: (path) => isMatch(relative(base, path)),
    reachesInto(path) {
      const steps = relative(base, path)
      // A base that is not there yet is waited for in the folders above it.
      if (steps === '' || /^\.\.(?:\/\.\.)*$/.test(steps)) return true
      const names = steps.split(sep)
      if (names[0] === '..' || names.length >= depth) return false
      return namesHidden || !names.some((name) => name.startsWith('.'))
    },
  }
}
