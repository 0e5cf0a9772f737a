import assert from 'node:assert/strict'
import { ServerResponse } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLinkedList } from '../../src/worker/linked-list.js'

// Compared by their place here: to describe two lists of responses that differ would take minutes.
const responses = Array.from({ length: 8 }, () => new ServerResponse(Object.create(null)))

test('the list holds what a map with the same operations holds, in the same order', () => {
  const operation = fc.record({ index: fc.nat(responses.length - 1), at: fc.nat() })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const list = createLinkedList<ServerResponse, number>()
      const model = new Map<number, number>()
      for (const { index, at } of operations) {
        const response = responses[index]
        assert.ok(response)
        const since = model.get(index)
        assert.equal(list.has(response), since !== undefined)
        if (since === undefined) {
          list.add(response, at)
          model.set(index, at)
        } else {
          assert.equal(list.remove(response), since)
          model.delete(index)
          assert.equal(list.remove(response), undefined)
        }
        const places = list.members().map((listed) => responses.indexOf(listed))
        assert.deepEqual(places, [...model.keys()])
        assert.equal(list.size, model.size)
      }
    }),
  )
})

test('a response of another list is not in this one', () => {
  const [response] = responses
  assert.ok(response)
  const [one, other] = [
    createLinkedList<ServerResponse, number>(),
    createLinkedList<ServerResponse, number>(),
  ]
  one.add(response, 0)
  assert.equal(other.has(response), false)
  assert.equal(other.remove(response), undefined)
  assert.equal(one.has(response), true)
})
