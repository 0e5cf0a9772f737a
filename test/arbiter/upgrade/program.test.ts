import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findFault, programOf } from '../../../src/arbiter/upgrade/program.js'

const folder = { named: '/srv/current', real: '/srv/releases/1' }

function started(argv0: string, script: string, execArgv: string[] = []) {
  return { argv: ['/opt/node-20/bin/node', script, '-w', '2', 'app'], argv0, execArgv }
}

test('a script below the folder is named by the link that led there', () => {
  const program = programOf(started('node', '/srv/releases/1/node_modules/.bin/nworkers'), folder)
  assert.deepEqual(program, {
    file: 'node',
    args: ['/srv/current/node_modules/.bin/nworkers', '-w', '2', 'app'],
    cwd: '/srv/current',
  })
})

test('a script elsewhere keeps its name, also in a folder whose name begins alike', () => {
  for (const script of ['/usr/bin/nworkers', '/srv/releases/10/nworkers']) {
    assert.equal(programOf(started('node', script), folder).args[0], script)
  }
})

test('Node is named as it was called; its flags go along but those of a debugger', () => {
  const flags = ['--max-old-space-size=100', '--inspect=9229']
  const { file, args } = programOf(started('./node', '/x.js', flags), folder)
  assert.equal(file, '/srv/current/node')
  assert.deepEqual(args.slice(0, 2), ['--max-old-space-size=100', '/x.js'])
  assert.equal(programOf(started('/usr/bin/node', '/x.js'), folder).file, '/usr/bin/node')
})

test('what can not be started is found before', () => {
  const program = { file: 'sh', args: [], cwd: '/' }
  assert.equal(findFault(program, '/nowhere:/bin:/usr/bin'), undefined)
  assert.equal(findFault({ ...program, file: '/bin/sh' }, ''), undefined)
  assert.equal(findFault(program, '/nowhere'), 'there is no program sh')
  assert.equal(findFault({ ...program, cwd: '/nowhere' }), 'the directory /nowhere has gone')
})
