import { test } from 'node:test'
import { type Case, findsIn, nameOf, options } from './verdict.js'

const probe = (kind: string, rest: string) => `${kind}Probe:\n            httpGet:\n              ${rest}`

const cases: Case[] = [
  {
    what: 'no admin address',
    changes: [['            - --admin=:9000\n', '']],
    says: /There is no --admin, so a probe can only ask a worker/,
    at: 'args:',
  },
  {
    what: 'liveness that asks for readiness',
    changes: [[probe('liveness', 'path: /livez'), probe('liveness', 'path: /readyz')]],
    says: /livenessProbe asks \/readyz, and .*killed instead of waited for: ask \/livez/,
    at: 'path: /readyz',
  },
  {
    what: 'readiness that asks for life',
    changes: [[probe('readiness', 'path: /readyz'), probe('readiness', 'path: /livez')]],
    says: /readinessProbe asks \/livez, and .*no worker is ready.*: ask \/readyz/,
    at: 'path: /livez',
  },
  {
    what: 'a path that there is not',
    changes: [[probe('startup', 'path: /readyz'), probe('startup', 'path: /healthz')]],
    says: /startupProbe asks \/healthz, and nworkers answers \/healthz with 404: ask \/readyz/,
    at: 'path: /healthz',
  },
  {
    what: 'a probe of a worker',
    changes: [
      [
        probe('liveness', 'path: /livez\n              port: admin'),
        probe('liveness', 'path: /\n              port: 8000'),
      ],
    ],
    says: /livenessProbe asks port 8000, where it waits behind requests.*ask \/livez at the admin port 9000/,
    at: 'httpGet',
  },
  {
    what: 'a port without a name',
    changes: [
      [
        probe('readiness', 'path: /readyz\n              port: admin'),
        probe('readiness', 'path: /readyz\n              port: metrics'),
      ],
    ],
    says: /readinessProbe asks a port that the container does not name/,
    at: 'readinessProbe',
  },
  {
    what: 'a probe that only connects',
    changes: [
      [
        'readinessProbe:\n            httpGet:\n              path: /readyz\n',
        'readinessProbe:\n            tcpSocket:\n',
      ],
    ],
    says: /readinessProbe only connects, and the kernel takes connections also when no worker serves/,
    at: 'tcpSocket',
  },
  {
    what: 'a probe by TLS',
    changes: [
      [probe('liveness', 'path: /livez'), probe('liveness', 'scheme: HTTPS\n              path: /livez')],
    ],
    says: /The admin port speaks HTTP: leave scheme out/,
    at: 'scheme: HTTPS',
  },
  {
    what: 'no readiness',
    changes: [['readinessProbe:', 'otherProbe:']],
    says: /There is no readinessProbe.*ask \/readyz at port 9000/,
    at: '- name: app',
  },
  {
    what: 'a startup probe that gives up before the boot timeout',
    changes: [['failureThreshold: 33', 'failureThreshold: 30']],
    says: /startupProbe gives up after 60 s, and the app may take 60 s by --boot-timeout and 5 s .*65 s or more/,
    at: 'startupProbe',
  },
  {
    what: 'a startup probe that waits for more than the first worker',
    changes: [options('            - --ready-min=2')],
    says: /startupProbe gives up after 66 s.*125 s or more/,
    at: 'startupProbe',
  },
]

for (const one of cases) test(nameOf(one), () => findsIn(one))
