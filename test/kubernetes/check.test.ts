import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { describe, test } from 'node:test'
import { checkManifests } from '../../src/kubernetes/check.js'
import { formatFinding } from '../../src/kubernetes/finding.js'
import { projectFolder } from '../process/harness/application.js'
import { deploymentWith, files, folder, textOf } from './manifests.js'

interface Result {
  status: number | null
  stdout: string
  stderr: string
}

function check(words: string[], input = ''): Result {
  const command = [path.join(projectFolder, 'bin/nworkers.js'), 'check', 'kubernetes', ...words]
  return spawnSync(process.execPath, command, {
    input,
    encoding: 'utf8',
    cwd: projectFolder,
    timeout: 20_000,
  })
}

/** One finding of its kind, at the line that holds this text. */
function finds(text: string, { severity, says, at }: { severity: string; says: RegExp; at: string }): void {
  const { findings } = checkManifests([{ name: 'stdin', text }])
  const all = findings.map(formatFinding).join('\n')
  const [found, ...more] = findings.filter((finding) => says.test(finding.text))
  assert.ok(found !== undefined && more.length === 0, `${says} once in\n${all}`)
  assert.equal(found.severity, severity, all)
  assert.ok(text.split('\n')[found.line - 1]?.includes(at), `${at} is in line ${found.line}:\n${all}`)
}

const inFile = (name: string) => path.join(folder, name)
const probe = (kind: string, rest: string) => `${kind}Probe:\n            httpGet:\n              ${rest}`
const options = (text: string): [string, string] => ['            - --log-format=json', text]
const command = 'command: ["tini", "--", "node_modules/.bin/nworkers"]'

interface Case {
  what: string
  changes: [before: string, after: string][]
  says: RegExp
  at: string
  severity?: 'warning' | 'note'
}

const cases: Case[] = [
  {
    what: 'a grace period that is too short',
    changes: [['terminationGracePeriodSeconds: 50', 'terminationGracePeriodSeconds: 49']],
    says: /is 49, and the pod may need 50 s: 0 s of preStop, 10 s of --shutdown-delay, 30 s of --graceful-timeout and 10 s to end\..*set it to 50 or more/,
    at: 'terminationGracePeriodSeconds',
  },
  {
    what: 'no grace period, which is 30 s',
    changes: [['      terminationGracePeriodSeconds: 50\n', '']],
    says: /is not set, which is 30, and the pod may need 50 s/,
    at: '    spec:',
  },
  {
    what: 'a preStop hook that sleeps by exec',
    changes: [
      [
        '          env:',
        '          lifecycle: {preStop: {exec: {command: [/bin/sh, -c, sleep 15]}}}\n          env:',
      ],
    ],
    says: /may need 65 s: 15 s of preStop/,
    at: 'terminationGracePeriodSeconds',
  },
  {
    what: 'a preStop hook that sleeps by itself',
    changes: [['          env:', '          lifecycle: {preStop: {sleep: {seconds: 7}}}\n          env:']],
    says: /may need 57 s: 7 s of preStop/,
    at: 'terminationGracePeriodSeconds',
  },
  {
    what: "a preStop hook that can't be seen through",
    changes: [['          env:', '          lifecycle: {preStop: {httpGet: {port: 1}}}\n          env:']],
    says: /can't be seen here; it is counted as 0 s/,
    at: 'lifecycle',
    severity: 'note',
  },
  {
    what: 'a graceful timeout in a variable',
    changes: [
      ['            - --graceful-timeout=30s\n', ''],
      ['          env:\n', '          env:\n            - {name: NWORKERS_GRACEFUL_TIMEOUT, value: 2m}\n'],
    ],
    says: /may need 140 s/,
    at: 'terminationGracePeriodSeconds',
  },
  {
    what: 'a graceful timeout in NWORKERS_CMD_ARGS',
    changes: [
      ['            - --graceful-timeout=30s\n', ''],
      [
        '          env:\n',
        "          env:\n            - {name: NWORKERS_CMD_ARGS, value: '--graceful-timeout 61'}\n",
      ],
    ],
    says: /may need 81 s/,
    at: 'terminationGracePeriodSeconds',
  },
  {
    what: 'a delay that is shorter than the cluster takes',
    changes: [['--shutdown-delay=10s', '--shutdown-delay=4s']],
    says: /goes on serving for 4 s when it is told to end, .* add --shutdown-delay=5s/,
    at: '--shutdown-delay',
  },
  {
    what: 'a readiness that is noticed after the delay',
    changes: [['failureThreshold: 2\n', 'failureThreshold: 6\n']],
    says: /readinessProbe notices after 12 s that the pod ends, and it serves for 10 s/,
    at: 'readinessProbe',
  },
  {
    what: 'a hung worker that may take longer than the drain',
    changes: [options('            - --timeout=2m')],
    says: /hold its event loop for 120 s by --timeout, and is cut after 30 s/,
    at: '--timeout=2m',
    severity: 'warning',
  },
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
    what: 'no admin address',
    changes: [['            - --admin=:9000\n', '']],
    says: /There is no --admin, so a probe can only ask a worker/,
    at: 'args:',
  },
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
  {
    what: 'a single pod',
    changes: [['replicas: 2', 'replicas: 1']],
    says: /Deployment app may have a single pod/,
    at: 'replicas: 1',
    severity: 'warning',
  },
  {
    what: 'an update that first ends all',
    changes: [['type: RollingUpdate', 'type: Recreate']],
    says: /Recreate ends all pods before a new one starts/,
    at: 'strategy:',
  },
  {
    what: 'an update that may end all',
    changes: [['maxUnavailable: 0', 'maxUnavailable: 100%']],
    says: /may end 2 of 2 pods before a new one is ready/,
    at: 'maxUnavailable: 100%',
  },
  {
    what: "an update that can't begin",
    changes: [['maxSurge: 1', 'maxSurge: 0']],
    says: /nothing can be replaced/,
    at: 'maxSurge: 0',
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

describe('nworkers check kubernetes', { concurrency: 2 }, () => {
  for (const { what, changes, says, at, severity = 'error' } of cases) {
    test(`${what}: ${severity}`, () => finds(deploymentWith(...changes), { severity, says, at }))
  }

  test('what is shipped has no finding, and the sum is told', () => {
    const base = ['deployment.yaml', 'service.yaml', 'pod-disruption-budget.yaml', 'service-monitor.yaml']
    const { status, stdout, stderr } = check(base.map(inFile))
    assert.deepEqual(
      { status, stderr, stdout },
      {
        status: 0,
        stderr: '',
        stdout:
          'Deployment app has 50 s to end and needs 50 s: 0 s of preStop, 10 s of --shutdown-delay, 30 s of --graceful-timeout and 10 s to end.\n' +
          '0 errors, 0 warnings, 0 notes.\n',
      },
    )
  })

  test('errors are told by file and line, with exit code 1; warnings alone are none', () => {
    const short = deploymentWith(['terminationGracePeriodSeconds: 50', 'terminationGracePeriodSeconds: 20'])
    const { status, stdout } = check(['-', inFile('pod-disruption-budget.yaml')], short)
    assert.match(
      stdout,
      /^stdin:\d+: error: terminationGracePeriodSeconds is 20, .*\nDeployment app has 20 s .*\n1 error, 0 /,
    )
    assert.equal(status, 1)
    assert.equal(check(['-'], deploymentWith(['replicas: 2', 'replicas: 1'])).status, 0)
  })

  for (const scaler of ['horizontal-pod-autoscaler.yaml', 'keda-scaled-object.yaml']) {
    test(`with ${scaler} the number of replicas is left out`, () => {
      const both = `${textOf('deployment.yaml')}---\n${textOf(scaler)}`
      finds(both, {
        severity: 'warning',
        says: /decides this number, and each "kubectl apply" sets it back/,
        at: 'replicas: 2',
      })
      assert.match(
        check(['-'], both.replace('  replicas: 2\n', '')).stdout,
        /^0 errors, 0 warnings, 0 notes\.$/m,
      )
    })
  }

  test('a budget that lets nobody go, and one that lets all go', () => {
    const withBudget = (line: string) =>
      `${textOf('deployment.yaml')}---\n${textOf('pod-disruption-budget.yaml').replace('maxUnavailable: 1', line)}`
    for (const line of ['maxUnavailable: 0', 'minAvailable: 2', 'minAvailable: 100%', 'minAvailable: 51%'])
      finds(withBudget(line), { severity: 'error', says: /lets no pod of 2 go, so no node/, at: line })
    for (const line of ['maxUnavailable: 2', 'minAvailable: 0', 'maxUnavailable: 100%'])
      finds(withBudget(line), { severity: 'error', says: /lets all 2 pods go at once/, at: line })
  })

  test('a shell that replaces itself, variables of the shell and of Kubernetes, anchors and lists are understood', () => {
    const { status, stdout } = check(
      ['-'],
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
              startupProbe:
                <<: *probe
                failureThreshold: 10
`,
    )
    assert.match(stdout, /StatefulSet shop has 100 s to end and needs 100 s/)
    assert.match(stdout, /readinessProbe notices after 30 s/)
    assert.match(stdout, /^1 error, 0 warnings, 0 notes\.$/m)
    assert.equal(status, 1)
  })

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
    const neighbour =
      '        - name: envoy\n          image: envoy\n          ports: [{containerPort: 80}]\n'
    const { findings } = checkManifests([
      { name: 'a', text: withService('targetPort: http', 'targetPort: 80', neighbour) },
    ])
    assert.deepEqual(findings, [])
  })

  test('what shows no sign of nworkers is taken for it only where there is nothing else', () => {
    const cache =
      'kind: Deployment\nmetadata: {name: cache}\nspec: {template: {spec: {containers: [{name: c, image: redis, args: [--bind-source-addr, x]}]}}}\n'
    const { findings, sums } = checkManifests([
      { name: 'a', text: `${textOf('deployment.yaml')}---\n${cache}` },
    ])
    assert.deepEqual([findings.length, sums.length], [0, 1])
    assert.throws(
      () => checkManifests([{ name: 'a', text: `${cache}---\n${cache}` }]),
      /nothing in it runs nworkers/,
    )
    const bare = 'kind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: c, image: app}]}\n'
    finds(bare, {
      severity: 'note',
      says: /it is assumed that it starts nworkers with the settings that stand here/,
      at: 'containers',
    })
  })

  test('KEDA scales to no pod unless it is told not to', () => {
    const text = `${textOf('deployment.yaml').replace('  replicas: 2\n', '')}---\n${textOf('keda-scaled-object.yaml').replace('  minReplicaCount: 2\n', '')}`
    finds(text, { severity: 'warning', says: /may have no pod at all, so nobody serves then/, at: 'spec:' })
  })

  const unreadable: [what: string, words: string[], input: string, says: RegExp][] = [
    ['no file', [], '', /No FILE is given/],
    ['an option', ['--fix', 'x'], '', /Unknown option --fix\. See "nworkers check kubernetes --help"/],
    ['a file that is not there', ['no/such.yaml'], '', /Manifest no\/such\.yaml: it can't be read: ENOENT/],
    ['no YAML', ['-'], 'a: [1\nb: 2\n', /Manifest stdin:2: .*Give manifests as "kubectl apply" takes them/],
    [
      'a template',
      ['-'],
      'kind: Pod\nspec: {{ .Values.x }}\n',
      /Manifest stdin: nothing .*render it first, as in "helm template/,
    ],
    [
      'a template that is no YAML',
      ['-'],
      '{{- if .x }}\nkind: Pod\n{{- end }}\n',
      /Manifest stdin:\d: .*render it first, as in "helm template/,
    ],
    ['no object', ['-'], 'a: 1\n', /Manifest stdin:1: it has no kind/],
    ['nothing at all', ['-'], '', /Manifest stdin: nothing in it runs nworkers/],
    ['no workload', [inFile('service.yaml')], '', /service\.yaml: nothing in it runs nworkers/],
    [
      'another program',
      ['-'],
      'kind: Pod\nspec: {containers: [{name: a, command: [node, a.js]}]}\n',
      /nothing in it runs/,
    ],
    [
      'an endless alias',
      ['-'],
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi'].map((key, index) => `${key}: &${key} [${`*${'abcdefgh'[index]},`.repeat(9)}]\n`).join('')}`,
      /Manifest stdin: Excessive alias count/,
    ],
  ]
  for (const [what, words, input, says] of unreadable) {
    test(`${what}: exit code 2`, () => {
      const { status, stdout, stderr } = check(words, input)
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' })
      assert.match(stderr, says)
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
    })
  }

  test('the help names the exit codes, and each shipped manifest is read', () => {
    const { status, stdout } = check(['--help'])
    assert.equal(status, 0)
    assert.match(stdout, /Exit codes: 0 no error; 1 errors; 2 usage/)
    assert.ok(files.length >= 6)
  })
})
