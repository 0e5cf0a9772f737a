import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { Service } from 'kubernetes-models/v1/Service'
import { parse } from 'yaml'
import { probeApp, projectFolder, temporaryFolder } from '../process/harness/application.js'
import { request } from '../process/harness/request.js'
import { runServer, startServer } from '../process/harness/server.js'
import { blocksOf } from '../proxies/page.js'
import { type ApiObject, files, objectsOf, shippedPod, textOf } from './manifests.js'

/** The types of the API, and where each comes from. */
const models = {
  Deployment: { model: Deployment, from: 'kubernetes-models/apps/v1/Deployment' },
  Service: { model: Service, from: 'kubernetes-models/v1/Service' },
  PodDisruptionBudget: {
    model: PodDisruptionBudget,
    from: 'kubernetes-models/policy/v1/PodDisruptionBudget',
  },
  HorizontalPodAutoscaler: {
    model: HorizontalPodAutoscaler,
    from: 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler',
  },
  ServiceMonitor: {
    model: ServiceMonitor,
    from: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor',
  },
  ScaledObject: { model: ScaledObject, from: '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject' },
} as const

type Kind = keyof typeof models

/** A model of the API: it takes the data of an object and checks it. */
type Model = new (data: ApiObject) => { validate(): void }

function modelOf(object: ApiObject): { model: Model; from: string } {
  assert.ok(Object.hasOwn(models, object.kind), `there is no type for ${object.kind}`)
  // Sound because what the data is not, validate() says.
  return models[object.kind as Kind] as unknown as { model: Model; from: string }
}

for (const file of files) {
  test(`${file}: every object is one of the API`, () => {
    for (const object of objectsOf(textOf(file))) {
      const { model } = modelOf(object)
      new model(object).validate()
    }
  })
}

// The compiled schemas let unknown fields pass, as the API server does without strict validation; the types don't.
test('no object has a field that the API does not know', (t) => {
  // Where the packages are found.
  const { folder, deploy } = temporaryFolder(t, {}, path.join(projectFolder, 'dist'))
  const objects = files.flatMap((file) => objectsOf(textOf(file)))
  const lines = objects.map((object, index) => {
    const { from } = modelOf(object)
    return `import type { I${object.kind} as Type${index} } from '${from}'\nexport const object${index}: Type${index} = ${JSON.stringify(object)}\n`
  })
  deploy('objects.ts', lines.join(''))
  const settings = [
    '--strict',
    '--noEmit',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--types',
    'node',
  ]
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      path.join(projectFolder, 'node_modules/typescript/bin/tsc'),
      '--ignoreConfig',
      ...settings,
      path.join(folder, 'objects.ts'),
    ],
    { encoding: 'utf8', cwd: projectFolder, timeout: 60_000 },
  )
  assert.equal(status, 0, stdout)
})

test('the settings of the Deployment are settings of nworkers', async (t) => {
  const { command, args } = shippedPod().container
  assert.deepEqual(command, ['tini', '--', 'node_modules/.bin/nworkers'])
  assert.equal(args.at(-1), 'app:handler')
  const { code, log } = await runServer(t, {
    app: probeApp,
    args: ['--check-config', ...args.slice(0, -1)],
    withoutBind: true,
  })
  assert.equal(code, 0, log)
})

test('every metric that a manifest or the page names is one that nworkers exports', async (t) => {
  const server = await startServer(t, { args: ['--admin', '0', '--max-workers', '2'] })
  const [, port] = await server.waitForLog(/Admin page: http:\/\/127\.0\.0\.1:(\d+)/)
  await request(server)
  const { body } = await request({ port: Number(port) }, '/metrics')
  const exported = new Set([...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name))
  const texts = [...files.map(textOf), ...blocksOf('kubernetes.md', 'yaml')].join('\n')
  const named = [...new Set(texts.match(/\bnworkers_[a-z_]+/g))]
  assert.ok(named.includes('nworkers_in_flight'))
  assert.deepEqual(
    named.filter((name) => !exported.has(name)),
    [],
  )
})

test('the rule of the adapter on the page makes the metric that the autoscaler asks for', () => {
  const [rules = ''] = blocksOf('kubernetes.md', 'yaml').filter((block) => block.includes('seriesQuery'))
  const { custom } = (parse(rules) as { rules: { custom: { seriesQuery: string; metricsQuery: string }[] } })
    .rules
  const [autoscaler] = objectsOf(textOf('horizontal-pod-autoscaler.yaml'))
  const asked = /"name":"(nworkers_\w+)"/.exec(JSON.stringify(autoscaler))?.[1] ?? ''
  assert.ok(
    custom.some(({ seriesQuery }) => seriesQuery.startsWith(`${asked}{`)),
    rules,
  )
  // Without a sum over the slots a pod would have as many values as workers.
  for (const { metricsQuery } of custom) assert.match(metricsQuery, /^sum\(.*\) by \(<<\.GroupBy>>\)$/)
})
