/** A worker's stderr without what Node says of the inspector. */
export interface Withholding {
  take(chunk: Buffer): void
  /** Passes on what has no end of line yet. */
  end(): void
}

/** A line longer than this is passed on in parts. */
const longestLine = 65_536

// The page that it points to has had several addresses.
const remarks =
  /Debugger (?:listening|ending) on ws:\S+|Debugger attached\.|For help, see: https:\/\/nodejs\.org\/\S*(?:inspector|\/debugging)(?=\r?\n|$)/g

/**
 * Withholds what Node says of the inspector, because its address opens the process to whoever reads the log. The app may
 * have begun a line before Node speaks, and goes on writing.
 *
 * @param forward - gets all else, whole lines as far as possible
 * @param onAddress - gets the URL when the inspector was opened
 */
export function withholdInspector(
  forward: (chunk: Buffer) => void,
  onAddress: (url: string) => void,
): Withholding {
  // One character a byte, so that nothing is changed which is no text.
  let pending = ''
  const pass = (text: string) => {
    if (text !== '') forward(Buffer.from(text, 'latin1'))
  }
  const clean = (line: string): string => {
    const url = /Debugger listening on (ws:\S+)/.exec(line)?.[1]
    if (url !== undefined) onAddress(url)
    const rest = line.replace(remarks, '')
    return rest !== line && rest.trim() === '' ? '' : rest
  }
  return {
    take(chunk) {
      const lines = (pending + chunk.toString('latin1')).split(/(?<=\n)/)
      const last = lines.at(-1) ?? ''
      const isOpen = !last.endsWith('\n') && last.length < longestLine
      pending = isOpen ? last : ''
      pass((isOpen ? lines.slice(0, -1) : lines).map(clean).join(''))
    },
    end() {
      pass(clean(pending))
      pending = ''
    },
  }
}
