import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

/** What a run of the client showed; times in milliseconds. */
export interface Load {
  requests: number
  seconds: number
  p50: number
  p99: number
  failures: number
}

/** Sends the bodies in turn for so many seconds. */
export type Client = (url: string, seconds: number) => Promise<Load>

// A client in C, because it shares the cores with the server: one in JavaScript takes as long for a request as a third of
// the server. It also opens a new connection where an answer says `Connection: close`.
export function createClient(folder: string, bodies: string[], connections: number): Client {
  const script = path.join(folder, 'load.lua')
  const list = path.join(folder, 'bodies.ndjson')
  writeFileSync(list, bodies.map((body) => `${body}\n`).join(''))
  writeFileSync(script, scriptFor(list))
  return async (url, seconds) => {
    const args = ['--threads', '1', '--connections', `${connections}`, '--duration', `${seconds}s`]
    const { stdout } = await promisify(execFile)('wrk', [...args, '--script', script, url])
    const [, report] = /^report (.*)$/m.exec(stdout) ?? []
    if (report === undefined) throw new Error(`wrk did not report. It says:\n${stdout}`)
    return JSON.parse(report) as Load
  }
}

/** wrk counts in microseconds. */
function scriptFor(list: string): string {
  return `local requests, last = {}, 0

function init()
  for body in io.lines("${list}") do
    requests[#requests + 1] = wrk.format("POST", "/predict", { ["Content-Type"] = "application/json" }, body)
  end
end

function request()
  last = last % #requests + 1
  return requests[last]
end

function done(summary, latency)
  local e = summary.errors
  print(string.format('report {"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"failures":%d}', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
`
}
