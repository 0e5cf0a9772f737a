import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml'

/** A place in a manifest: what stands there, and where that is. */
export interface Place {
  readonly file: string
  readonly line: number
  /** Undefined where nothing stands. */
  readonly value: unknown
  /** The place at these keys; it is there for what is missing too, and then in the line of what it is missing from. */
  at(...keys: readonly (string | number)[]): Place
  /** The places of a list; none where there is no list. */
  items(): Place[]
}

/** What all places of a file have in common. */
interface Source {
  file: string
  document: Document
  lines: LineCounter
}

/** The place of a whole document. */
export function placeOf(file: string, document: Document, lines: LineCounter): Place {
  const source = { file, document, lines }
  return place(source, document.toJS(), document.contents, lineOf(document.contents, source) ?? 1)
}

/** Values come from the document as a whole, in which aliases and merged keys are resolved; lines from its nodes. */
function place(source: Source, value: unknown, node: unknown, line: number): Place {
  return {
    file: source.file,
    line,
    value,
    at(...[key, ...rest]) {
      if (key === undefined) return this
      const below = find(resolved(node, source), key)
      const child = place(source, childOf(value, key), below.node, lineOf(below.spot, source) ?? line)
      return child.at(...rest)
    },
    items() {
      return Array.isArray(value) ? value.map((_, index) => this.at(index)) : []
    },
  }
}

function childOf(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  // Sound because it is an object that has this key.
  return (value as Record<string | number, unknown>)[key]
}

/** What is below a node, and the node whose line is shown for it: the key of a map, the item of a list. */
function find(node: unknown, key: string | number): { node: unknown; spot: unknown } {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
    return { node: pair?.value, spot: pair?.key }
  }
  const item = isSeq(node) ? node.items[Number(key)] : undefined
  return { node: item, spot: item }
}

function resolved(node: unknown, { document }: Source): unknown {
  return isAlias(node) ? node.resolve(document) : node
}

function lineOf(node: unknown, { lines }: Source): number | undefined {
  const range = (node as Node | null | undefined)?.range
  return range ? lines.linePos(range[0]).line : undefined
}

/** The text at a place; undefined for anything else. */
export function textAt({ value }: Place): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The number at a place; undefined for anything else. */
export function numberAt({ value }: Place): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** The texts of a map, such as labels. */
export function textsAt({ value }: Place): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(entries.map(([key, text]) => [key, String(text)]))
}
