/** What could end a quoted field or a line, or speaks to a terminal; Node gives each byte of a header as a character. */
const special = /[^ !#-[\]-~]/
const everySpecial = /["\\]|[^ -~]/g

/**
 * A value as it stands in a line: only printable ASCII, with `\"`, `\\`, `\xHH` and `\uHHHH` for all else.
 *
 * @param longest - characters of the value, before any is escaped; the rest is left out
 */
export function escapeText(value: string, longest: number): string {
  const kept = value.length > longest ? value.slice(0, longest) : value
  return special.test(kept) ? kept.replace(everySpecial, escapeCharacter) : kept
}

/** The same for a value that stands between spaces. */
export function escapeWord(value: string, longest: number): string {
  return escapeText(value, longest).replaceAll(' ', '\\x20')
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`
  const code = character.charCodeAt(0)
  const hex = code.toString(16)
  return code > 0xff ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`
}
