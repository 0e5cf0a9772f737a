import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { withholdInspector } from '../../../src/arbiter/examine/announcement.js'

const said = [
  'before\n',
  'half a line Debugger listening on ws://127.0.0.1:4711/0f2c926c-95d1-4e2a-a4f3-2b3c1f1f7c9c\n',
  'For help, see: https://nodejs.org/en/docs/inspector\n',
  'Debugger attached.\n',
  'between\n',
  'Debugger ending on ws://127.0.0.1:4711/0f2c926c-95d1-4e2a-a4f3-2b3c1f1f7c9c\n',
  'For help, see: https://nodejs.org/learn/getting-started/debugging\n',
  'For help, see: https://nodejs.org/learn/getting-started/debugging and the inspector\n',
  'after \xff, and no end of line',
].join('')

test('what Node says of the inspector is withheld however it is cut, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 80 }), { maxLength: 30 }), (sizes) => {
      let out = ''
      const urls: string[] = []
      const withholding = withholdInspector(
        (chunk) => {
          out += chunk.toString('latin1')
        },
        (url) => urls.push(url),
      )
      let rest = said
      for (const size of sizes) {
        withholding.take(Buffer.from(rest.slice(0, size), 'latin1'))
        rest = rest.slice(size)
      }
      withholding.take(Buffer.from(rest, 'latin1'))
      withholding.end()
      assert.deepEqual(urls, ['ws://127.0.0.1:4711/0f2c926c-95d1-4e2a-a4f3-2b3c1f1f7c9c'])
      const [own] = said.match(/.* and the inspector\n/) ?? []
      assert.equal(out, `before\nhalf a line \nbetween\n${own}after \xff, and no end of line`)
    }),
  )
})
