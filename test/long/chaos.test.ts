import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isGood } from '../chaos/outcome.js'
import { summarise, writeReport } from '../chaos/report.js'
import { runChaos } from '../chaos/run.js'
import { serverNode } from '../process/harness/server.js'

const usual = { workers: 4, load: 2, node: serverNode, json: undefined, settings: {} }

test('two minutes of reloads, scaling, recycling and broken deploys: 0 requests are lost', async (t) => {
  const outcome = await runChaos({ ...usual, mode: 'calm', seconds: 120, seed: 101 })
  t.diagnostic(writeReport(outcome))
  assert.ok(isGood(outcome), writeReport(outcome))
  assert.equal(summarise(outcome).excused, 0)
})

test('a minute with kills, stops and busy loops: only what the workers hit were answering is lost', async (t) => {
  const outcome = await runChaos({ ...usual, mode: 'crash', seconds: 60, seed: 102 })
  t.diagnostic(writeReport(outcome))
  assert.ok(isGood(outcome), writeReport(outcome))
})
