import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { type Field, readFields, readText } from '../onnx/fields.js'

/** What tells one model file from another. */
export interface Identity {
  name: string
  /** The version that the model says it has, `1` if it says none. */
  version: string
  /** `sha256:` and the hash of the file and of the files its weights lie in. */
  hash: string
  /** The files beside the model that hold its weights, as absolute paths. */
  weightFiles: string[]
}

/** Reads what the model says of itself, and hashes it. What is no ONNX file is left for onnxruntime to refuse. */
export async function identify(path: string): Promise<Identity> {
  const file = await open(path)
  try {
    const { version, locations } = await readFacts(file).catch(() => ({ version: '1', locations: [] }))
    const weightFiles = locations.map((location) => resolve(dirname(path), location))
    return {
      name: basename(path).replace(/\.onnx$/, ''),
      version,
      hash: `sha256:${await hashFiles([path, ...weightFiles])}`,
      weightFiles,
    }
  } finally {
    await file.close()
  }
}

// Field numbers of onnx.proto: in a model 5 is its version and 7 the graph, in that 5 an initializer, in that 13 an
// entry on data kept elsewhere, a key (1) and its value (2).
async function readFacts(file: FileHandle): Promise<{ version: string; locations: string[] }> {
  const { size } = await file.stat()
  const locations = new Set<string>()
  let version = '1'
  for await (const field of readFields(file, 0, size)) {
    if (field.kind === 'integer' && field.number === 5) version = String(field.value)
    if (!isMessage(field, 7)) continue
    for await (const initializer of readFields(file, field.start, field.end)) {
      if (!isMessage(initializer, 5)) continue
      for await (const entry of readFields(file, initializer.start, initializer.end)) {
        if (!isMessage(entry, 13)) continue
        const { key, value } = await readEntry(file, entry)
        if (key === 'location') locations.add(value)
      }
    }
  }
  return { version, locations: [...locations] }
}

async function readEntry(file: FileHandle, place: { start: number; end: number }) {
  const entry = { key: '', value: '' }
  for await (const field of readFields(file, place.start, place.end)) {
    if (isMessage(field, 1)) entry.key = await readText(file, field)
    if (isMessage(field, 2)) entry.value = await readText(file, field)
  }
  return entry
}

function isMessage(field: Field, number: number): field is Field & { kind: 'bytes' } {
  return field.kind === 'bytes' && field.number === number
}

async function hashFiles(paths: string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk)
  }
  return hash.digest('hex')
}
