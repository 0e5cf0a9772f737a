import assert from 'node:assert/strict'
import { test } from 'node:test'
import { textOf } from './manifests.js'
import { type Case, finds, findsIn, judge, nameOf, options } from './verdict.js'

const cases: Case[] = [
  {
    what: 'an admin address that only the pod reaches',
    changes: [['--admin=:9000', '--admin=9000']],
    says: /--admin listens at 127\.0\.0\.1, where neither the kubelet nor Prometheus reaches it: write --admin=:9000/,
    at: '--admin=9000',
  },
  {
    what: 'an address that only the pod reaches',
    changes: [['            - --bind=:8000\n', '']],
    says: /--bind listens at 127\.0\.0\.1, which only this pod reaches: write --bind=:8000/,
    at: 'args:',
  },
  {
    what: 'more ready workers than there are',
    changes: [options('            - --ready-min=3'), ['failureThreshold: 33', 'failureThreshold: 99']],
    says: /--ready-min is 3 and there are 2 workers, so the pod is never ready/,
    at: '--ready-min=3',
  },
  {
    what: 'as many workers as the node has CPUs',
    changes: [['            limits:\n              cpu: "2"\n', '            limits:\n']],
    says: /--workers=auto is one for each CPU of the limit, and there is none/,
    at: '--workers=auto',
  },
]

for (const one of cases) test(nameOf(one), () => findsIn(one))

test('a Service that sends where nobody listens, and one that sends to a neighbour', () => {
  const withService = (before: string, after: string, extra = '') =>
    `${textOf('deployment.yaml')}${extra}---\n${textOf('service.yaml').replace(before, after)}`
  const wrong: [after: string, says: RegExp][] = [
    [
      'targetPort: 80',
      /Service app sends to port 80, and nworkers listens at 8000 and 9000: let targetPort be 8000/,
    ],
    ['targetPort: web', /Service app sends to a port web that no container names/],
    ['appProtocol: http', /Service app sends to port 80,/],
  ]
  for (const [after, says] of wrong) {
    const at = after.startsWith('target') ? after : 'port: 80'
    finds(withService('targetPort: http', after), { severity: 'error', says, at })
  }
  const neighbour = '        - name: envoy\n          image: envoy\n          ports: [{containerPort: 80}]\n'
  const { findings } = judge(withService('targetPort: http', 'targetPort: 80', neighbour))
  assert.deepEqual(findings, [])
})
