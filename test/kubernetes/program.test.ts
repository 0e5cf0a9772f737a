import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatFinding } from '../../src/kubernetes/finding.js'
import { deploymentWith, textOf } from './manifests.js'
import { type Case, finds, findsIn, judge, nameOf, options } from './verdict.js'

const command = 'command: ["tini", "--", "node_modules/.bin/nworkers"]'

const cases: Case[] = [
  {
    what: 'a shell without exec',
    changes: [
      [
        command,
        'command: [sh, -c, "migrate && nworkers -w 2 --bind :8000 --admin :9000 --shutdown-delay 10 app"]',
      ],
      ['args:', 'unused:'],
    ],
    says: /sh gets the TERM of the kubelet and does not pass it on/,
    at: 'command:',
  },
  {
    what: 'npx in between',
    changes: [['["tini", "--", "node_modules/.bin/nworkers"]', '[npx, nworkers]']],
    says: /npx gets the TERM/,
    at: 'args:',
  },
  {
    what: 'an option that there is not',
    changes: [options('            - --gracefull-timeout=30s')],
    says: /would not start\. Unknown option --gracefull-timeout\. Did you mean --graceful-timeout\?/,
    at: 'args:',
  },
  {
    what: 'a value that is none',
    changes: [options('            - --max-requests=many')],
    says: /would not start\. Invalid value for --max-requests: many\./,
    at: 'args:',
  },
  {
    what: 'an argument that is a number',
    changes: [options('            - --max-requests\n            - 1000')],
    says: /1000 is no text.*put it in quotes/,
    at: '- 1000',
  },
  {
    what: "a command that is the image's",
    changes: [[`          ${command}\n`, '']],
    says: /it is assumed that it starts nworkers with these args/,
    at: 'args:',
    severity: 'note',
  },
  {
    what: 'variables from elsewhere',
    changes: [
      ['          env:\n', '          envFrom:\n            - secretRef: {name: app}\n          env:\n'],
    ],
    says: /What this gives is not in the manifest/,
    at: 'secretRef',
    severity: 'note',
  },
  {
    what: 'a setting from a Secret',
    changes: [
      [
        '          env:\n',
        '          env:\n            - {name: NWORKERS_NAME, valueFrom: {secretKeyRef: {name: a, key: b}}}\n',
      ],
    ],
    says: /value of NWORKERS_NAME is not in the manifest/,
    at: 'NWORKERS_NAME',
    severity: 'note',
  },
  {
    what: 'an option whose value is known in the cluster alone',
    changes: [options('            - --max-requests=$(REQUESTS)')],
    says: /--max-requests is known in the cluster alone/,
    at: 'args:',
    severity: 'note',
  },
]

for (const one of cases) test(nameOf(one), () => findsIn(one))

test('a shell that replaces itself, variables of the shell and of Kubernetes, anchors and lists are understood', () => {
  const { findings, sums } = judge(
    `kind: List
items:
- kind: StatefulSet
  metadata: {name: shop}
  spec:
    replicas: 3
    template:
      spec:
        terminationGracePeriodSeconds: 100
        containers:
          - name: proxy
            image: envoy
            args: [--config, x.yaml]
          - name: shop
            command: [bash, -ec, 'migrate; exec tini -- ./node_modules/.bin/nworkers -w 2 -b :80 --admin :9000 --graceful-timeout $(GRACE) "app:create({})" 2>&1 | cat']
            env:
              - {name: SECONDS, value: '80'}
              - {name: GRACE, value: $(SECONDS)}
              - {name: NWORKERS_SHUTDOWN_DELAY, value: '10'}
            readinessProbe: &probe
              httpGet: {path: /readyz, port: 9000}
              periodSeconds: 3
            startupProbe:
              <<: *probe
              failureThreshold: 10
            livenessProbe: *probe
`,
  )
  assert.match(sums.join('\n'), /^StatefulSet shop has 100 s to end and needs 100 s.*$/)
  assert.match(
    findings.map(formatFinding).join('\n'),
    // Aliases lead to where the value stands, merged keys to where they are merged.
    /^manifest\.yaml:21: error: The livenessProbe asks \/readyz, .*\nmanifest\.yaml:23: error: The startupProbe gives up after 30 s.*$/,
  )
})

test('what shows no sign of nworkers is taken for it only where there is nothing else', () => {
  const cache =
    'kind: Deployment\nmetadata: {name: cache}\nspec: {template: {spec: {containers: [{name: c, image: redis, args: [--bind-source-addr, x]}]}}}\n'
  const { findings, sums } = judge(`${textOf('deployment.yaml')}---\n${cache}`)
  assert.deepEqual([findings.length, sums.length], [0, 1])
  assert.throws(() => judge(`${cache}---\n${cache}`), /nothing in it runs nworkers/)
  const bare = 'kind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: c, image: app}]}\n'
  finds(bare, {
    severity: 'note',
    says: /it is assumed that it starts nworkers with the settings that stand here/,
    at: 'containers',
  })
})

test('arguments that tell are known beside other containers too', () => {
  const text = deploymentWith(
    [`          ${command}\n`, ''],
    ['      containers:\n', '      containers:\n        - {name: proxy, image: envoy}\n'],
  )
  finds(text, { severity: 'note', says: /starts nworkers with these args/, at: 'args:' })
})
