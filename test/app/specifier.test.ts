import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseSpecifier } from '../../src/app/specifier.js'
import { NworkersError } from '../../src/errors.js'

type Parsed = [text: string, module: string, names?: string[], call?: unknown[]]

const right: Parsed[] = [
  ['app', 'app'],
  ['./src/app.js', './src/app.js'],
  ['@scope/pkg/sub', '@scope/pkg/sub'],
  ['app:handler', 'app', ['handler']],
  ['@scope/pkg:api.v1.handler', '@scope/pkg', ['api', 'v1', 'handler']],
  ['app: handler ', 'app', ['handler']],
  ['app:$größe_2', 'app', ['$größe_2']],
  ['C:\\srv\\app.js', 'C:\\srv\\app.js'],
  ['C:\\srv\\app.js:handler', 'C:\\srv\\app.js', ['handler']],
  ['c:/srv/app.js:handler', 'c:/srv/app.js', ['handler']],
  ['c:handler', 'c', ['handler']],
  ['file:///srv/app.js', 'file:///srv/app.js'],
  ['file:///srv/app.js:handler', 'file:///srv/app.js', ['handler']],
  ['file:///C:/srv/app.js:handler', 'file:///C:/srv/app.js', ['handler']],
  ['file:/srv/app.js:handler', 'file:/srv/app.js', ['handler']],
  ['file:handler', 'file', ['handler']],
  ['app:create()', 'app', ['create'], []],
  ['app:create( )', 'app', ['create'], []],
  ['app:models.create (1)', 'app', ['models', 'create'], [1]],
  ['app:create({"debug":true}, 3)', 'app', ['create'], [{ debug: true }, 3]],
  ['app:create("a:b", ")(", "say \\"hi\\"")', 'app', ['create'], ['a:b', ')(', 'say "hi"']],
  ['app:create([[1],{"a":[null,false]}])', 'app', ['create'], [[[1], { a: [null, false] }]]],
]

const wrong: [text: string, says: RegExp][] = [
  ['', /names no module/],
  [':handler', /names no module/],
  ['  :handler', /names no module/],
  ['app:', /names no export after its colon/],
  ['app: ', /names no export after its colon/],
  ['app:a..b', /"a\.\.b" lacks a name/],
  ['app:.a', /"\.a" lacks a name/],
  ['app:(1)', /lacks a name/],
  ['app:a-b', /"a-b" is not the name of an export/],
  ['app:3', /"3" is not the name of an export/],
  ['app:a:b', /"a:b" is not the name of an export/],
  ['app:create)', /"create\)" is not the name of an export/],
  ['app:create({"a":1}', /does not end with a closing parenthesis/],
  ['app:create()x', /does not end with a closing parenthesis/],
  ['app:create().b()', /the arguments of create are not JSON/],
  ['app:create(1)(2)', /not JSON/],
  ['app:create({debug:true})', /not JSON.*double quotes/],
  ["app:create('a')", /not JSON/],
  ['app:create(1,)', /not JSON/],
  ['app:create(1], [2)', /not JSON/],
]

describe('parseSpecifier', () => {
  for (const [text, module, names, call] of right) {
    test(`takes ${text}`, () => {
      assert.deepEqual(parseSpecifier(text), { text, module, export: names && { names, call } })
    })
  }

  for (const [text, says] of wrong) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseSpecifier(text),
        (error) => {
          assert.ok(error instanceof NworkersError)
          assert.equal(error.exitCode, 4)
          assert.match(error.message, says)
          return true
        },
      )
    })
  }
})
