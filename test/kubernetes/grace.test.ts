import { test } from 'node:test'
import { type Case, findsIn, nameOf, options } from './verdict.js'

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
]

for (const one of cases) test(nameOf(one), () => findsIn(one))
