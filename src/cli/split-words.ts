const part = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/gsy

/**
 * Splits a text into words as a POSIX shell does without expanding anything: quotes keep spaces, a backslash takes the
 * next character as it is, in double quotes only before `"` and itself. Undefined where a quote is not closed.
 */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let end = 0
  for (const [whole, single, double, escaped, plain] of text.matchAll(part)) {
    end += whole.length
    const piece = single ?? double?.replace(/\\(["\\])/g, '$1') ?? escaped ?? plain
    if (piece !== undefined) {
      word = (word ?? '') + piece
    } else if (word !== undefined) {
      words.push(word)
      word = undefined
    }
  }
  if (end < text.length) return undefined
  return word === undefined ? words : [...words, word]
}
