import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadReducer, type Reducer } from './reducer.js'

/** The reducer with one line of one policy broken. */
export interface Mutant {
  /** What it does wrong. */
  readonly fault: string
  readonly file: string
  /** Text of the compiled file, found there exactly once, and what stands there instead. */
  readonly from: string
  readonly to: string
  /** The invariant that must catch it, alone. */
  readonly caughtBy: string
}

const compiled = fileURLToPath(new URL('../../../src/arbiter/fleet/', import.meta.url))

/** Copies the compiled reducer into this folder, with the fault if there is one, and loads it. */
export async function loadMutant(folder: string, mutant?: Mutant): Promise<Reducer> {
  mkdirSync(folder)
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }\n')
  for (const name of readdirSync(compiled).filter((file) => file.endsWith('.js'))) {
    copyFileSync(path.join(compiled, name), path.join(folder, name))
  }
  if (mutant) breakLine(path.join(folder, mutant.file), mutant)
  return await loadReducer(path.join(folder, 'fleet.js'))
}

function breakLine(file: string, { from, to }: Mutant): void {
  const [before, after, ...more] = readFileSync(file, 'utf8').split(from)
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${path.basename(file)} must hold this exactly once: ${from}`)
  writeFileSync(file, before + to + after)
}

export const mutants: readonly Mutant[] = [
  {
    fault: 'workers boot while the address they need is being bound',
    file: 'scale.js',
    from: 'draft.seeker',
    to: 'false',
    caughtBy: 'addressesAreHeld',
  },
  {
    fault: 'a script may take the address away from clients',
    file: 'address.js',
    from: "wanted.how === 'first' && draft.everReady",
    to: 'false',
    caughtBy: 'addressesAreHeld',
  },
  {
    fault: 'a predecessor leaves while its successor still boots',
    file: 'rollout.js',
    from: 'present.filter((worker) => isProven(worker, draft.policy, draft.now))',
    to: 'present',
    caughtBy: 'servedSlotsStayServed',
  },
  {
    fault: 'a predecessor leaves before its successor has proved itself',
    file: 'rollout.js',
    from: 'present.filter((worker) => isProven(worker, draft.policy, draft.now))',
    to: 'present.filter((worker) => worker.state === "ready")',
    caughtBy: 'retiredOnlyWhenReplaced',
  },
  {
    fault: 'with surge 0 a worker leaves while another slot is empty',
    file: 'rollout.js',
    from: 'present.length !== 1 || !present.every((worker) => isProven(worker, draft.policy, draft.now))',
    to: 'false',
    caughtBy: 'retiredOnlyWhenReplaced',
  },
  {
    fault: 'a rollout takes one worker more than the surge',
    file: 'rollout.js',
    from: 'pairs >= allowed',
    to: 'pairs > allowed',
    caughtBy: 'liveWithinSurge',
  },
  {
    fault: 'as many workers are recycled at once as a rollout may replace',
    file: 'rollout.js',
    from: 'draft.rollout ? 0 : 1',
    to: 'surge(draft)',
    caughtBy: 'recyclesOneAtATime',
  },
  {
    fault: 'a replaced worker is not asked to leave',
    file: 'rollout.js',
    from: 'worker.id !== keeper.id',
    to: 'false',
    caughtBy: 'oneSettledASlot',
  },
  {
    fault: 'a reload during a rollout begins a second one',
    file: 'rollout.js',
    from: 'draft.rollout || !draft.everReady',
    to: '!draft.everReady',
    caughtBy: 'oneRolloutAtATime',
  },
  {
    fault: 'a rollout is done before its last worker has proved itself',
    file: 'rollout.js',
    from: '!isProven(worker, draft.policy, draft.now)',
    to: 'false',
    caughtBy: 'oneRolloutAtATime',
  },
  {
    fault: 'after a failed rollout its generation is spawned on',
    file: 'rollout.js',
    from: 'draft.goal = draft.generation;',
    to: '',
    caughtBy: 'generationsAgree',
  },
  {
    fault: 'a reload that interrupts a recycling waits for ever',
    file: 'rollout.js',
    from: 'outdated ? proven[0] :',
    to: 'outdated ? undefined :',
    caughtBy: 'becomesWhole',
  },
  {
    fault: 'workers of a failed rollout count as ready',
    file: 'scale.js',
    from: 'generation === draft.generation',
    to: 'generation > 0',
    caughtBy: 'readyIsTrue',
  },
  {
    fault: 'every slot boots before the app was loaded once',
    file: 'scale.js',
    from: 'draft.appLoaded ? draft.target : 1',
    to: 'draft.target',
    caughtBy: 'firstBootsAlone',
  },
  {
    fault: 'the wait between two deaths does not grow',
    file: 'backoff.js',
    from: '2 ** ',
    to: '1 ** ',
    caughtBy: 'respawnBacksOff',
  },
  {
    fault: 'the beats of a leaving worker end the rest of its slot',
    file: 'backoff.js',
    from: 'worker.spawnedAt >= slotOf(draft, worker.slot).retryAt',
    to: 'true',
    caughtBy: 'respawnBacksOff',
  },
  {
    fault: 'a slot rests although its worker had served a while',
    file: 'backoff.js',
    from: 'hasServedAWhile(draft, worker) ? 0 :',
    to: '',
    caughtBy: 'respawnsAtOnce',
  },
  {
    fault: 'a draining worker is killed at once',
    file: 'draft.js',
    from: 'draft.now + draft.policy.gracefulTimeout + waits.drainMargin',
    to: 'draft.now + 1',
    caughtBy: 'killsAreDue',
  },
  {
    fault: 'a worker told to quit is never killed',
    file: 'draft.js',
    from: 'draft.now + waits.quit',
    to: 'Number.POSITIVE_INFINITY',
    caughtBy: 'endsInTime',
  },
  {
    fault: 'a step works on the fleet it came from',
    file: 'draft.js',
    from: 'workers: new Map(fleet.workers)',
    to: 'workers: fleet.workers',
    caughtBy: 'stepIsPure',
  },
  {
    fault: 'a worker hangs however recent its last beat',
    file: 'deadlines.js',
    from: 'draft.now - worker.beatAt >=',
    to: 'draft.now - worker.spawnedAt >=',
    caughtBy: 'onlySilentWorkersHang',
  },
  {
    fault: 'a suspension is held against the workers',
    file: 'clock.js',
    from: 'gap < waits.suspended',
    to: 'true',
    caughtBy: 'suspensionIsForgiven',
  },
  {
    fault: 'nobody wakes for a deadline',
    file: 'clock.js',
    from: 'due.push(worker.deadline)',
    to: '{ }',
    caughtBy: 'wakesInTime',
  },
  {
    fault: 'a graceful stop ends workers at once',
    file: 'stop.js',
    from: 'if (quick)\n                quitWorker',
    to: 'if (true)\n                quitWorker',
    caughtBy: 'workersDrain',
  },
  {
    fault: 'a worker that serves before it hears that it is not wanted has no time to drain',
    file: 'draft.js',
    from: "worker.state !== 'quitting' || worker.readyAt !== undefined",
    to: 'true',
    caughtBy: 'killsAreDue',
  },
  {
    fault: 'a worker that is late to boot is killed, though it may serve already',
    file: 'deadlines.js',
    from: "drainWorker(draft, worker, 'boot-timeout')",
    to: "killWorker(draft, worker, 'boot-timeout')",
    caughtBy: 'lateOnesLeave',
  },
  {
    fault: 'a rollout goes on in a pause',
    file: 'pause.js',
    from: "failRollout(draft, 'the workers are paused', undefined)",
    to: '{ }',
    caughtBy: 'pauseIsEmpty',
  },
  {
    fault: 'an arbiter that has handed over takes the sockets with it',
    file: 'stop.js',
    from: 'if (!servedOn)',
    to: 'if (true)',
    caughtBy: 'othersServeOn',
  },
  {
    fault: 'an arbiter that has handed over answers what is queued for the next one',
    file: 'stop.js',
    from: "'stop', !servedOn)",
    to: "'stop', true)",
    caughtBy: 'othersServeOn',
  },
  {
    fault: 'the arbiter leaves its last worker behind',
    file: 'stop.js',
    from: 'draft.workers.size === 0',
    to: 'draft.workers.size <= 1',
    caughtBy: 'exitsOnceAndLast',
  },
  {
    fault: 'a worker who dies during the final stop is replaced',
    file: 'fleet.js',
    from: 'draft.stop?.released',
    to: 'false',
    caughtBy: 'nothingSpawnsAfterRelease',
  },
  {
    fault: 'whoever is examined is killed, even when it was killed already',
    file: 'fleet.js',
    from: "worker.state === 'hung'",
    to: 'true',
    caughtBy: 'ordersMakeSense',
  },
  {
    fault: 'whoever asks for more workers than the bounds allow gets them',
    file: 'scale.js',
    from: 'Math.min(max, Math.max(min, wanted))',
    to: 'Math.max(1, wanted)',
    caughtBy: 'targetWithinBounds',
  },
  {
    fault: 'workers leave when there is too much to do',
    file: 'autoscale.js',
    from: 'Math.max(draft.target + 1, needed)',
    to: 'draft.target - 1',
    caughtBy: 'loadIsHeeded',
  },
  {
    fault: 'the load counts while a slot is empty',
    file: 'load.js',
    from: 'slots.size < fleet.target ||',
    to: '',
    caughtBy: 'troubleIsNoLoad',
  },
  {
    fault: 'the load counts while a slot crashes',
    file: 'load.js',
    from: '|| slotOf(fleet, worker.slot).failures > 0',
    to: '',
    caughtBy: 'troubleIsNoLoad',
  },
  {
    fault: 'workers leave as soon as there is less to do',
    file: 'autoscale.js',
    from: 'draft.now - calmSince < patienceOf(draft)',
    to: 'draft.now < calmSince',
    caughtBy: 'leavesLate',
  },
  {
    fault: 'it looks again before it has the answer',
    file: 'autoscale.js',
    from: 'draft.lookAt = Number.POSITIVE_INFINITY',
    to: 'draft.lookAt = draft.now + lookEvery',
    caughtBy: 'looksOneAtATime',
  },
]
