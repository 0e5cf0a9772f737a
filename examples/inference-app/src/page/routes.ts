import { readFile } from 'node:fs/promises'
import { imageSize, readHeldOut } from '../digits.js'
import { type Answer, json } from '../http/answer.js'
import { fixedRoutes, type Methods, type Routes } from '../http/router.js'

const folder = new URL('../../page/', import.meta.url)
const sampleCount = 40

/** Nothing but the page's own files may be loaded, run or asked. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const files = {
  '/page.css': 'text/css; charset=utf-8',
  '/page.js': 'text/javascript; charset=utf-8',
  '/pad.js': 'text/javascript; charset=utf-8',
  '/centre.js': 'text/javascript; charset=utf-8',
  '/answer.js': 'text/javascript; charset=utf-8',
}

/**
 * The page to draw digits on, with its files and the samples it shows. `GET /` gives it to browsers, which ask for HTML,
 * and this description to everybody else.
 */
export async function pageRoutes(description: object): Promise<Routes> {
  const page = await readPage('index.html', 'text/html; charset=utf-8')
  const table: Record<string, Methods> = {
    '/': {
      GET: ({ headers }) =>
        headers.accept?.includes('text/html') ? page : json(200, description, { vary: 'accept' }),
    },
    '/samples': { GET: always(json(200, await readSamples())) },
  }
  for (const [path, type] of Object.entries(files)) {
    table[path] = { GET: always(await readPage(path.slice(1), type)) }
  }
  return fixedRoutes(table)
}

function always(answer: Answer): () => Answer {
  return () => answer
}

async function readPage(name: string, type: string): Promise<Answer> {
  return {
    status: 200,
    headers: {
      'content-type': type,
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
      vary: 'accept',
    },
    body: await readFile(new URL(name, folder)),
  }
}

/** The first held-out digits, each as its bytes in base64. */
async function readSamples(): Promise<string[]> {
  const { pixels } = await readHeldOut()
  return Array.from({ length: sampleCount }, (_, index) =>
    Buffer.from(pixels.subarray(index * imageSize, (index + 1) * imageSize)).toString('base64'),
  )
}
