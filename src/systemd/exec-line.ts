/** Characters that systemd leaves alone in a word of a command line. */
const plain = /^[\w./:@=,+-]+$/

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  // Specifiers and variables.
  '%': '%%',
  $: '$$',
}

/** A command line as `ExecStart=` takes it: systemd.service(5), "Command lines". */
export function execLine(words: readonly string[]): string {
  return words.map(quote).join(' ')
}

function quote(word: string): string {
  if (plain.test(word)) return word
  return `"${word.replace(/[\\"\n\t\r%$]/g, (character) => escapes[character] ?? character)}"`
}

/** A path or a text as other lines of a unit take it, where only specifiers have a meaning. */
export function unitText(text: string): string {
  return text.replaceAll('%', '%%')
}
