import { LineCounter, parseAllDocuments } from 'yaml'
import { createError } from '../errors.js'
import { type Place, placeOf, textAt } from './place.js'

/** A file as it was read. */
export interface ManifestFile {
  /** As the user named it. */
  name: string
  text: string
}

/** An object of the cluster, as a manifest has it. */
export interface Manifest {
  kind: string
  name: string
  namespace: string
  place: Place
}

/** Nothing is told but by the errors thrown here. */
const quiet = { prettyErrors: false, logLevel: 'error' } as const

/**
 * The objects of a file, which may hold several documents and lists of objects.
 * @throws NWORKERS_E_MANIFEST for what is no YAML and for documents that are no objects of Kubernetes
 */
export function readManifests({ name, text }: ManifestFile): Manifest[] {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: true, ...quiet })
  if (!Array.isArray(documents)) return []
  return documents.flatMap((document) => {
    const [error] = document.errors
    if (error) throw refuse(name, lines.linePos(error.pos[0]).line, error.message, text)
    const place = attempt(() => placeOf(name, document, lines), name)
    return place.value === null ? [] : objectsIn(place, text)
  })
}

function objectsIn(place: Place, text: string): Manifest[] {
  const kind = textAt(place.at('kind'))
  if (kind === undefined) throw refuse(place.file, place.line, 'it has no kind', text)
  if (kind === 'List')
    return place
      .at('items')
      .items()
      .flatMap((item) => objectsIn(item, text))
  const metadata = place.at('metadata')
  const name = textAt(metadata.at('name')) ?? textAt(metadata.at('generateName')) ?? '(without a name)'
  return [{ kind, name, namespace: textAt(metadata.at('namespace')) ?? '', place }]
}

/** Aliases that multiply without end are refused by the parser when they are resolved. */
function attempt(read: () => Place, name: string): Place {
  try {
    return read()
  } catch (error) {
    throw createError('NWORKERS_E_MANIFEST', name, `${error instanceof Error ? error.message : error}.`)
  }
}

function refuse(name: string, line: number, problem: string, text: string) {
  const wayOut = templateHint(text) ?? 'Give manifests as "kubectl apply" takes them.'
  return createError('NWORKERS_E_MANIFEST', `${name}:${line}`, `${problem.replace(/\.$/, '')}. ${wayOut}`)
}

/** What to do with a text that has yet to become a manifest; undefined for one that is. */
export function templateHint(text: string): string | undefined {
  if (!text.includes('{{')) return undefined
  return 'It is a template: render it first, as in "helm template … | nworkers check kubernetes -".'
}
