import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../process/harness/application.js'

/** A page of the manual with shell in it. */
export interface Page {
  /** Relative to the checkout. */
  file: string
  /** Its blocks, in order. */
  blocks: string[]
}

const inferenceApp = `echo 'export { app } from "./examples/inference-app/dist/app.js"' > app.js`

/** What must be there before a page is followed: what the reader has, or has started, by the words around the shell. */
export const preparations: Readonly<Record<string, string>> = {
  'README.md': `echo '{ "image": '$(node -p 'JSON.stringify(JSON.parse(fs.readFileSync("examples/inference-app/seven.json")).image)')' }' > digits.ndjson`,
  'docs/control.md': 'nworkers --control-socket /run/app/control.sock app',
  'docs/from-flask.md': inferenceApp,
  'docs/from-flask.ru.md': inferenceApp,
  'docs/from-pm2.md': `echo 'import http from "node:http"; http.createServer().listen(3000)' > server.js`,
  'docs/getting-started.md': 'unset NODE_OPTIONS',
  'docs/inference.md': 'cp examples/inference-app/models/* /srv/models/',
  'docs/kubernetes.md': 'mkdir deploy && cp -r "$NWORKERS_CHECKOUT/deploy/kubernetes" deploy/',
  'docs/parallel.md': `echo 'export const predict = (item) => item * 2' > model.js; seq 100 > items.ndjson`,
  'docs/systemd.md': 'cp -r . /srv/app',
  'docs/tls.md':
    'nworkers --control-socket /run/nworkers/control.sock app; openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout privkey.pem -out fullchain.pem 2>/dev/null',
  'docs/upgrade.md': 'nworkers -p /run/app/app.pid app',
  'examples/inference-app/README.md': `cp examples/inference-app/models/digits.onnx /srv/other.onnx; cp /srv/other.onnx digits.onnx.new`,
}

/** Every page with shell. */
export function readPages(): Page[] {
  const manual = readdirSync(path.join(projectFolder, 'docs')).filter((name) => name.endsWith('.md'))
  const files = ['README.md', ...manual.map((name) => `docs/${name}`), 'examples/inference-app/README.md']
  return files
    .map((file) => ({ file, blocks: shellOf(readFileSync(path.join(projectFolder, file), 'utf8')) }))
    .filter(({ blocks }) => blocks.length > 0)
}

/** What stands in blocks of shell. A file that begins with `#!` is a file and no command. */
function shellOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?:sh|bash|shell)\n(.*?)^```$/gms)].map(([, block = '']) => block)
  return blocks.map((block) => (block.startsWith('#!') ? `(\n${block})\n` : block))
}
