import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deploymentWith, textOf } from './manifests.js'
import { type Case, finds, findsIn, judge, nameOf } from './verdict.js'

const cases: Case[] = [
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
]

for (const one of cases) test(nameOf(one), () => findsIn(one))

for (const scaler of ['horizontal-pod-autoscaler.yaml', 'keda-scaled-object.yaml']) {
  test(`with ${scaler} the number of replicas is left out`, () => {
    const both = `${textOf('deployment.yaml')}---\n${textOf(scaler)}`
    finds(both, {
      severity: 'warning',
      says: /decides this number, and each "kubectl apply" sets it back/,
      at: 'replicas: 2',
    })
    assert.deepEqual(judge(both.replace('  replicas: 2\n', '')).findings, [])
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

test('KEDA scales to no pod unless it is told not to', () => {
  const text = `${textOf('deployment.yaml').replace('  replicas: 2\n', '')}---\n${textOf('keda-scaled-object.yaml').replace('  minReplicaCount: 2\n', '')}`
  finds(text, { severity: 'warning', says: /may have no pod at all, so nobody serves then/, at: 'spec:' })
})

test('shares of pods are rounded as the cluster rounds them', () => {
  assert.deepEqual(judge(deploymentWith(['maxUnavailable: 0', 'maxUnavailable: 75%'])).findings, [])
})

test('what is in another namespace is for other pods; what names none is for all', () => {
  const budget = textOf('pod-disruption-budget.yaml').replace('maxUnavailable: 1', 'maxUnavailable: 0')
  const inNamespace = (name: string) => budget.replace('name: app', `name: app\n  namespace: ${name}`)
  const deployment = deploymentWith(['  name: app\n  labels', '  name: app\n  namespace: shop\n  labels'])
  const count = (text: string) => judge(`${deployment}---\n${text}`).findings.length
  assert.deepEqual([budget, inNamespace('shop'), inNamespace('other')].map(count), [1, 1, 0])
  assert.equal(judge(`${textOf('deployment.yaml')}---\n${inNamespace('shop')}`).findings.length, 1)
})
