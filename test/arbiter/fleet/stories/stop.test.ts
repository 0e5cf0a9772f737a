import assert from 'node:assert/strict'
import { test } from 'node:test'
import { broken, never, steady, stuckBooting } from '../conduct.js'
import { createWorld, type World } from '../world.js'
import { ending, ordered, startedWorld, told, workerIn } from './tale.js'

const policy = { gracefulTimeout: 10_000 }
const sluggish = { ...steady, drains: 3_000 }

/** A fleet in each state in which a stop may find it. */
const states: Record<string, () => World> = {
  'before the first worker is there': () => {
    const world = createWorld({ workers: 3, policy })
    world.send({ type: 'start' })
    return world
  },
  'while the first worker boots': () => {
    const world = createWorld({ workers: 3, policy, conduct: () => stuckBooting })
    world.send({ type: 'start' })
    world.run(2_000)
    return world
  },
  'while only the first worker is ready': () => {
    const world = createWorld({ workers: 3, policy, conduct: ({ slot }) => (slot ? stuckBooting : steady) })
    world.send({ type: 'start' })
    world.run(2_000)
    return world
  },
  'while it serves': () => startedWorld({ workers: 3, policy, conduct: () => sluggish }),
  'during a rollout, while the new worker boots': () => {
    const world = startedWorld({ workers: 3, policy })
    world.send({ type: 'reload' })
    world.run(50)
    return world
  },
  'during a rollout, while the old worker drains': () => {
    const world = startedWorld({ workers: 3, policy, conduct: () => sluggish })
    world.send({ type: 'reload' })
    world.run(700)
    return world
  },
  'during a rollout, with another one queued': () => {
    const world = startedWorld({ workers: 3, policy })
    world.send({ type: 'reload' })
    world.send({ type: 'reload' })
    world.run(50)
    return world
  },
  'while a failed rollout goes back': () => {
    const world = startedWorld({ workers: 3, policy })
    world.behave(({ slot, generation }) => (generation === 2 && slot === 2 ? broken : steady))
    world.send({ type: 'reload' })
    assert.ok(world.until(() => told(world, 'reload-failed').length > 0, 10_000))
    return world
  },
  'while a worker is hung': () => {
    const world = startedWorld({
      workers: 3,
      policy: { ...policy, timeout: 5_000 },
      conduct: () => ({ ...steady, examined: never }),
    })
    world.stick(workerIn(world, 1).id)
    assert.ok(world.until(() => told(world, 'worker-hung').length > 0, 10_000))
    return world
  },
  'while a slot rests': () => {
    const world = startedWorld({ workers: 3, policy })
    world.crash(workerIn(world, 0).id)
    return world
  },
  'while a worker leaves by itself': () => {
    const world = startedWorld({ workers: 3, policy, conduct: () => ({ ...steady, drains: never }) })
    world.send({ type: 'leaving', id: workerIn(world, 0).id, reason: 'request' })
    return world
  },
}

for (const [state, make] of Object.entries(states)) {
  test(`TERM ${state}: everybody leaves in time, nobody is spawned, exit code 0`, () => {
    const world = make()
    const began = world.now()
    world.send({ type: 'stop', quick: false })
    const spawned = ordered(world, 'spawn').length
    const { code, took } = ending(world)
    assert.equal(code, 0)
    assert.ok(took <= 12_005, `it took ${took} ms`)
    assert.equal(ordered(world, 'spawn').length, spawned)
    assert.deepEqual(
      ordered(world, 'release-listeners').map(({ at }) => at),
      [began],
    )
  })

  test(`INT ${state}: nobody gets more than 2 s, exit code 0`, () => {
    const world = make()
    world.send({ type: 'stop', quick: true })
    const { code, took } = ending(world)
    assert.equal(code, 0)
    assert.ok(took <= 2_005, `it took ${took} ms`)
  })

  test(`INT after TERM ${state}: it hurries`, () => {
    const world = make()
    world.send({ type: 'stop', quick: false })
    world.run(10)
    world.send({ type: 'stop', quick: true })
    const { code, took } = ending(world)
    assert.equal(code, 0)
    assert.ok(took <= 2_005, `it took ${took} ms`)
  })
}

test('TERM drains every ready worker as the last ones, after the listeners were released', () => {
  const world = startedWorld({ workers: 3 })
  world.send({ type: 'stop', quick: false })
  const rank = (type: string) => world.trace().findIndex(({ effect }) => effect.type === type)
  assert.deepEqual(
    ordered(world, 'drain').map(({ effect }) => [effect.id, effect.last]),
    [
      [1, true],
      [2, true],
      [3, true],
    ],
  )
  assert.ok(rank('release-listeners') < rank('drain'))
})

test('INT tells every worker to end, drains nobody and kills nobody who obeys', () => {
  const world = startedWorld({ workers: 3, conduct: () => ({ ...steady, drains: never }) })
  world.send({ type: 'stop', quick: true })
  assert.deepEqual(ending(world), { code: 0, took: 10 })
  assert.equal(ordered(world, 'drain').length, 0)
  assert.equal(ordered(world, 'kill').length, 0)
})

test('a second TERM changes nothing', () => {
  const world = startedWorld({ workers: 2, conduct: () => sluggish })
  world.send({ type: 'stop', quick: false })
  world.run(100)
  const before = world.fleet()
  const effects = world.trace().length
  world.send({ type: 'stop', quick: false })
  assert.equal(world.trace().length, effects)
  assert.deepEqual(world.workers(), [...before.workers.values()])
  assert.equal(told(world, 'stopping').length, 1)
})

test('TERM after INT does not slow it down', () => {
  const world = startedWorld({ workers: 2, conduct: () => ({ ...steady, quits: 1_000 }) })
  world.send({ type: 'stop', quick: true })
  world.send({ type: 'stop', quick: false })
  assert.equal(ending(world).took, 1_000)
})

test('nothing is started by reload, scale or recycle after the stop', () => {
  const world = startedWorld({ workers: 2, conduct: () => sluggish })
  world.send({ type: 'stop', quick: false })
  world.send({ type: 'reload' })
  world.send({ type: 'scale', target: 5 })
  world.send({ type: 'recycle', id: 1, reason: 'max-requests' })
  assert.equal(ending(world).code, 0)
  assert.equal(ordered(world, 'spawn').length, 2)
  assert.equal(world.fleet().target, 2)
  assert.deepEqual([...told(world, 'reload-queued'), ...told(world, 'reload-started')], [])
})

test('a rollout that the stop interrupts is told to have failed', () => {
  const world = startedWorld({ workers: 2 })
  world.send({ type: 'reload' })
  world.send({ type: 'stop', quick: false })
  assert.equal(told(world, 'reload-failed').length, 1)
})

test('after the exit nothing follows, whatever comes', () => {
  const world = startedWorld({ workers: 1 })
  world.send({ type: 'stop', quick: false })
  ending(world)
  const effects = world.trace().length
  world.send({ type: 'stop', quick: true })
  world.send({ type: 'reload' })
  world.send({ type: 'wake' })
  assert.equal(world.trace().length, effects)
})

test('INT after TERM is told, and changes no reason', () => {
  const world = startedWorld({ workers: 2, conduct: () => ({ ...steady, drains: never }) })
  world.send({ type: 'scale', target: 1 })
  world.send({ type: 'stop', quick: false })
  world.send({ type: 'stop', quick: true })
  ending(world)
  assert.deepEqual(
    told(world, 'stopping').map(({ quick }) => quick),
    [false, true],
  )
  assert.deepEqual(
    told(world, 'worker-exited').map(({ worker, reason }) => [worker.id, reason]),
    [
      [1, 'stop'],
      [2, 'scale'],
    ],
  )
})
