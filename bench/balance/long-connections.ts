import http from 'node:http'
import { get } from './open-loop.js'

const clients = 40
/** Some fifteen seconds of them. */
const requests = 750

/**
 * How many of 40 keep-alive connections each worker has while they send request after request to a handler that waits
 * 20 ms; the most first.
 */
export async function countConnections(port: number, workers: number): Promise<number[]> {
  const last = await Promise.all(
    Array.from({ length: clients }, async () => {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
      let pid = ''
      for (let sent = 0; sent < requests; sent++) {
        const { headers } = await get(`http://127.0.0.1:${port}/?wait=20`, agent)
        pid = String(headers['x-pid'])
      }
      agent.destroy()
      return pid
    }),
  )
  const counts = [...new Set(last)].map((pid) => last.filter((other) => other === pid).length)
  while (counts.length < workers) counts.push(0)
  return counts.sort((a, b) => b - a)
}
