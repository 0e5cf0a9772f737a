import { Agent, request } from 'node:http'
import { createRandom, type Random } from '../../examples/inference-app/src/train/random.js'

/** What a random request is made from. */
export interface Body {
  path: string
  headers: Record<string, string>
  bytes: Buffer
}

/** Random bodies, the same for the same seed: noise, and good bodies with something broken. */
export function createBodies(seed: number): () => Body {
  const random = createRandom(seed)
  return () => (random() < 0.5 ? predictBody(random) : inferBody(random))
}

function predictBody(random: Random): Body {
  const image = Array.from({ length: pick(random, [784, 784, 784, 784, 784, 783, 0]) }, () =>
    value(random, 0.0002),
  )
  const body: Record<string, unknown> = {
    [pick(random, ['image', 'image', 'images', 'x'])]: random() < 0.7 ? image : [image],
  }
  if (random() < 0.5) body.scale = pick<unknown>(random, [255, 255, 255, 1, 0, '1', null])
  return {
    path: '/predict',
    headers: { 'content-type': 'application/json' },
    bytes: spoil(random, JSON.stringify(body)),
  }
}

function inferBody(random: Random): Body {
  const rows = pick(random, [1, 1, 1, 1, 2, 2, 0, -1, 1e9])
  const input: Record<string, unknown> = {
    name: pick(random, [...Array(12).fill('image'), '__proto__', '']),
    datatype: pick(random, [...Array(12).fill('FP32'), 'BF16', 'BYTES', 7]),
    shape: pick<unknown>(random, [...Array(12).fill([rows, 784]), [rows], 'x', [[1]]]),
  }
  const count = Math.max(0, Math.min(rows, 2)) * 784
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  let tail = Buffer.alloc(0)
  if (random() < 0.4) {
    tail = Buffer.from(Array.from({ length: count * 4 }, () => Math.floor(random() * 256)))
    input.parameters = {
      binary_data_size: pick<unknown>(random, [...Array(9).fill(tail.length), 5, -1, 'x']),
    }
  } else input.data = Array.from({ length: count }, () => value(random, 0.0002))
  const text = JSON.stringify({
    id: pick<unknown>(random, [...Array(9).fill('a'), 7]),
    inputs: pick<unknown>(random, [...Array(12).fill([input]), [input, input], input, null]),
    ...(random() < 0.2 && {
      outputs: pick<unknown>(random, [[{ name: 'probabilities' }], [{ name: 'x' }], 7]),
    }),
    ...(random() < 0.2 && {
      parameters: pick<unknown>(random, [{ binary_data_output: true }, { a: [] }, 1]),
    }),
  })
  const length = random() < 0.9 ? Buffer.byteLength(text) : Math.floor(random() * 9999)
  if (tail.length > 0 || random() < 0.1) headers['inference-header-content-length'] = String(length)
  if (random() < 0.05) headers['x-deadline-ms'] = pick(random, ['100000', '-1', 'x'])
  return { path: '/v2/models/digits/infer', headers, bytes: Buffer.concat([spoil(random, text), tail]) }
}

/** Mostly a fine value, sometimes one that is not. */
function value(random: Random, badShare: number): unknown {
  if (random() >= badShare) return Math.floor(random() * 256)
  return pick<unknown>(random, [null, 'x', -1, 1e300, true, [0], {}])
}

/** The text as it is, or with some bytes changed, cut off, or nothing but noise. */
function spoil(random: Random, text: string): Buffer {
  const bytes = Buffer.from(text)
  const how = random()
  if (how < 0.6) return bytes
  if (how < 0.75) return bytes.subarray(0, Math.floor(random() * bytes.length))
  if (how < 0.95) {
    for (let count = 0; count < 3; count++)
      bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
    return bytes
  }
  return Buffer.from(Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256)))
}

function pick<T>(random: Random, choices: T[]): T {
  return choices[Math.floor(random() * choices.length)] as T
}

/** Sends `count` bodies over a few connections and counts the answers by status. Rejects if one is not answered. */
export async function sendBodies(
  url: string,
  next: () => Body,
  count: number,
): Promise<Record<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const statuses: Record<string, number> = {}
  let left = count
  const play = async () => {
    while (left-- > 0) {
      const status = await send(url, next(), agent)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  try {
    await Promise.all(Array.from({ length: 8 }, play))
  } finally {
    agent.destroy()
  }
  return statuses
}

function send(url: string, { path, headers, bytes }: Body, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': bytes.length }
    const call = request(
      `${url}${path}`,
      { method: 'POST', agent, headers: { ...headers, ...length } },
      (response) => {
        response.resume()
        response.once('error', reject)
        response.once('end', () => resolve(response.statusCode ?? 0))
      },
    )
    call.setTimeout(60_000, () => call.destroy(new Error('No answer within a minute.')))
    call.once('error', reject)
    call.end(bytes)
  })
}
