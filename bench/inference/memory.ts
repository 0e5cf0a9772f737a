import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, startService } from '../service.js'

// node dist/bench/inference/memory.js: what four workers of a large model take, with its weights inside and apart.

const project = fileURLToPath(new URL('../../../', import.meta.url))
const workers = 4
const folder = mkdtempSync(path.join(tmpdir(), 'nworkers-memory-'))
const body = JSON.stringify({ image: new Array(784).fill(0), scale: 255 })

try {
  console.log(
    '| weights | files MB | PSS of arbiter and workers, MB | first answer, ms |\n| --- | --- | --- | --- |',
  )
  await measure('inside the model')
  await measure('in a file of their own', '--external-data')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measure(name: string, ...flags: string[]): Promise<void> {
  const place = mkdtempSync(path.join(folder, 'model-'))
  const model = path.join(place, 'large.onnx')
  const program = path.join(project, 'examples/inference-app/dist/train/large.js')
  execFileSync(process.execPath, [program, ...flags, model])
  const files = readdirSync(place).reduce((sum, file) => sum + statSync(path.join(place, file)).size, 0)
  const port = await freePort()
  const command = [
    process.execPath,
    path.join(project, 'bin/nworkers.js'),
    '-w',
    `${workers}`,
    '-b',
    `127.0.0.1:${port}`,
    path.join(project, 'examples/inference-app:app'),
  ]
  const stack = { name, commands: [command], environment: { MODEL: model } }
  const service = await startService(stack, folder, {
    url: `http://127.0.0.1:${port}/predict`,
    type: 'application/json',
    body,
  })
  try {
    await everyWorkerAnswers(`http://127.0.0.1:${port}`)
    console.log(
      `| ${[name, megabytes(files), megabytes(service.memory()), Math.round(service.startTime)].join(' | ')} |`,
    )
  } finally {
    await service.stop()
  }
}

/** Asks until each worker has answered some: only then has each touched its weights. */
async function everyWorkerAnswers(url: string): Promise<void> {
  const answered = new Map<number, number>()
  const deadline = performance.now() + 120_000
  const done = () => answered.size === workers && [...answered.values()].every((count) => count >= 3)
  while (!done()) {
    if (performance.now() > deadline) throw new Error(`Only ${answered.size} workers answered.`)
    const headers = { 'content-type': 'application/json', connection: 'close' }
    const asked = Array.from({ length: 8 }, () => fetch(`${url}/predict`, { method: 'POST', headers, body }))
    for (const response of await Promise.all(asked)) {
      const { pid } = (await response.json()) as { pid: number }
      answered.set(pid, (answered.get(pid) ?? 0) + 1)
    }
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6)
}
