import { writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { encodeGraph, encodeGraphApart, type Graph } from './graph.js'

/** Writes a graph as a model; with `apart` its weights go into a second file beside it. */
export async function writeModel(path: string, graph: Graph, apart: boolean): Promise<void> {
  if (!apart) return writeFile(path, encodeGraph(graph))
  const { model, data, location } = encodeGraphApart(graph, basename(path).replace(/\.onnx.*$/, ''))
  // The weights come first: whoever sees the model finds them.
  await writeFile(join(dirname(path), location), data)
  await writeFile(path, model)
}
