import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../service.js'
import { get } from './open-loop.js'

/** nginx in front of a port, with connections to it that are kept alive. */
export interface Proxy {
  port: number
  stop(): Promise<void>
}

const startDeadline = 10_000

/** Starts Debian's nginx; it keeps up to 64 idle connections to the upstream. */
export async function startNginx(upstream: number): Promise<Proxy> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'nworkers-nginx-'))
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration(folder, port, upstream))
  const child = spawn('nginx', ['-e', 'stderr', '-c', file], { stdio: ['ignore', 'ignore', 'ignore'] })
  const exited = once(child, 'exit')
  const agent = new http.Agent()
  const deadline = performance.now() + startDeadline
  for (;;) {
    const answered = await get(`http://127.0.0.1:${port}/`, agent).catch(() => undefined)
    if (answered?.statusCode === 200) break
    if (performance.now() > deadline) throw new Error('nginx does not answer.')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    port,
    async stop() {
      child.kill('SIGTERM')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function configuration(folder: string, port: number, upstream: number): string {
  const scratch = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr crit;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000;
${scratch.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}
  upstream app { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`
}
