import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { once } from '../sockets/once.js'

/** The live page, and headers that allow just what is in it: its own script and style, and its own server's data. */
export const livePage = once((): { text: string; headers: Record<string, string> } => {
  // It is served as it is written, and so lies beside its source only.
  const text = readFileSync(new URL('../../../src/observe/live-page.html', import.meta.url), 'utf8')
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(text, 'script')}`,
    `style-src ${hashOf(text, 'style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    text,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy.join('; '),
      'Referrer-Policy': 'no-referrer',
    },
  }
})

/** The source expression of CSP for the one element of this name. */
function hashOf(html: string, element: 'script' | 'style'): string {
  const content = new RegExp(`<${element}>([^]*?)</${element}>`).exec(html)?.[1] ?? ''
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`
}
