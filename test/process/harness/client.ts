import { execFile } from 'node:child_process'
import path from 'node:path'
import { projectFolder } from './application.js'
import type { Server } from './server.js'

/** What the example's virtual client prints with `--json`, as far as it matters here. */
export interface Report {
  requests: number
  accuracy: number
  errors: Record<string, number>
  workers: { pid: number; slot: string | number; requests: number }[]
}

/** Plays users of the example for some seconds. The exit code is not looked at: the report tells. */
export function play(server: Server, seconds: number, ...more: string[]): Promise<Report> {
  const client = path.join(projectFolder, 'examples/inference-app/dist/client/client.js')
  const rate = more.includes('--closed') ? [] : ['--rate', '100']
  const args = ['--url', server.url, ...rate, '--seconds', `${seconds}`, '--json', ...more]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [client, ...args], { timeout: 60_000 }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout))
      } catch {
        reject(new Error(`The client printed no report: ${stdout}${stderr}`, { cause: error }))
      }
    })
  })
}
