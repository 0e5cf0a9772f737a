import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { projectFolder } from '../process/harness/application.js'
import { deploymentWith, folder } from './manifests.js'

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

const inFile = (name: string) => path.join(folder, name)

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

test('the help names the exit codes', () => {
  const { status, stdout } = check(['--help'])
  assert.equal(status, 0)
  assert.match(stdout, /Exit codes: 0 no error; 1 errors; 2 usage/)
})
