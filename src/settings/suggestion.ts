import { nearest } from '../nearest.js'

/** The name that was probably meant: one that is spelled much alike, or that starts alike. */
export function suggest(word: string, names: readonly string[]): string | undefined {
  const plain = simplify(word)
  const plainNames = new Map(names.map((name) => [simplify(name), name]))
  const meant =
    nearest(plain, plainNames.keys()) ?? [...plainNames.keys()].find((name) => startsAlike(plain, name))
  return meant === undefined ? undefined : plainNames.get(meant)
}

/** camelCase, snake_case and kebab-case are spellings of one name. */
function simplify(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function startsAlike(left: string, right: string): boolean {
  return Math.min(left.length, right.length) >= 3 && (left.startsWith(right) || right.startsWith(left))
}
