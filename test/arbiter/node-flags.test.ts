import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inheritedFlags } from '../../src/arbiter/node-flags.js'

test('workers take over flags, but not the debugging of the arbiter', () => {
  const flags = ['--enable-source-maps', '--inspect', '--inspect=9229', '--inspect-brk=0', '--inspect-port=0']
  assert.deepEqual(inheritedFlags(flags), ['--enable-source-maps', '--inspect-port=0'])
})
