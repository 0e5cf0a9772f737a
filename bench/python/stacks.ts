import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Stack } from '../service.js'

/** Everything below serves with so many workers. */
const workers = 2

/** The stacks side by side, told where the project is, a folder for their files, and the port. */
export function stacks(project: string, folder: string, port: number): Stack[] {
  const address = `127.0.0.1:${port}`
  const python = {
    MODEL_PICKLE: path.join(folder, 'model.pkl'),
    PYTHONPATH: path.join(project, 'bench/python'),
    // As many threads as the other side has: one for each worker.
    OPENBLAS_NUM_THREADS: '1',
    OMP_NUM_THREADS: '1',
  }
  const gunicorn = [
    '/usr/bin/python3',
    '-m',
    'gunicorn',
    '-w',
    `${workers}`,
    '-b',
    address,
    '--log-level',
    'error',
  ]
  const nworkers = (name: string, flags: string[], environment: Record<string, string> = {}): Stack => ({
    name,
    commands: [
      [
        process.execPath,
        path.join(project, 'bin/nworkers.js'),
        '-w',
        `${workers}`,
        '-b',
        address,
        ...flags,
        path.join(project, 'examples/inference-app:app'),
      ],
    ],
    environment,
  })
  return [
    nworkers('nworkers', []),
    nworkers('nworkers, `BATCH_MAX=8`', [], { BATCH_MAX: '8' }),
    nworkers('nworkers, `--node-option=--max-semi-space-size=1`', ['--node-option=--max-semi-space-size=1']),
    { name: 'gunicorn sync', commands: [[...gunicorn, 'server:app']], environment: python },
    {
      name: 'gunicorn gthread, 4 threads',
      commands: [[...gunicorn, '-k', 'gthread', '--threads', '4', '--keep-alive', '75', 'server:app']],
      environment: python,
    },
    {
      name: 'nginx + uWSGI',
      commands: [
        [
          'uwsgi',
          '--plugins',
          'python3',
          '--master',
          '--die-on-term',
          '--processes',
          `${workers}`,
          '--need-app',
          '--lazy-apps',
          '--disable-logging',
          '--socket',
          path.join(folder, 'uwsgi.sock'),
          '--module',
          'server:app',
        ],
        ['nginx', '-p', folder, '-c', writeNginxConfiguration(folder, address)],
      ],
      environment: python,
    },
  ]
}

function writeNginxConfiguration(folder: string, address: string): string {
  const file = path.join(folder, 'nginx.conf')
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  )
  writeFileSync(
    file,
    `daemon off; pid ${folder}/nginx.pid; error_log stderr error; worker_processes 1; user root;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000; client_body_buffer_size 64k; ${temporary.join(' ')}
  server { listen ${address} backlog=2048; location / { include /etc/nginx/uwsgi_params; uwsgi_pass unix:${folder}/uwsgi.sock; } }
}
`,
  )
  return file
}
