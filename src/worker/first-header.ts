/**
 * The value of the first header of this name, which is given in lower case. Reading `headers` instead would have Node
 * build an object that many apps never ask for. Few others are as long, so hardly a name is compared.
 */
export function firstHeader(raw: readonly string[], name: string): string | undefined {
  for (let index = 0; index < raw.length; index += 2) {
    const candidate = raw[index]
    if (candidate?.length === name.length && candidate.toLowerCase() === name) return raw[index + 1]
  }
  return undefined
}
