import { setImmediate as turn } from 'node:timers/promises'
import { Refusal } from '../http/refusal.js'
import type { Model, Tensors } from '../model/model.js'
import { formOf, merge, rowsOf, split, takesBatches } from './batch.js'
import { batchSize, computeSeconds, queueSeconds, type Reason, rejected } from './metrics.js'

/** What somebody wants computed. */
export interface Job {
  inputs: Tensors
  /** The moment on the clock of `performance.now()` after which the answer is of no use. */
  deadline: number
  /** Tells whether nobody waits for the answer any more. */
  isGone(): boolean
}

/** Computes jobs in their order. */
export interface Queue {
  /** Resolves with all outputs. Rejects with a refusal: too many wait, the deadline passed, the inputs don't fit. */
  compute(job: Job): Promise<Tensors>
}

export interface QueueLimits {
  queueMax: number
  batchMax: number
  batchDelay: number
}

interface Waiting extends Job {
  since: number
  resolve(outputs: Tensors): void
  reject(error: unknown): void
}

/**
 * One run at a time: a run blocks the event loop, and between two the loop turns, so that this worker reads what has
 * come meanwhile, and refuses what is too much while somebody still waits for it.
 */
export function createQueue(model: Model, { queueMax, batchMax, batchDelay }: QueueLimits): Queue {
  const waiting: Waiting[] = []
  const batching = batchMax > 1 && takesBatches(model)
  let running = false
  /** Milliseconds of a run, averaged over the last ones. */
  let usual = 0
  let wakeBatch = () => {}

  async function work(): Promise<void> {
    while (waiting.length > 0) {
      if (batching) await gather()
      const batch = takeBatch()
      if (batch.length > 1) await runTogether(batch)
      else if (batch[0]) await runAlone(batch[0])
    }
    running = false
  }

  /** Lets requests that come within the delay join the first one, unless that makes one of them late. */
  async function gather(): Promise<void> {
    await turn()
    const end = (waiting[0]?.since ?? 0) + batchDelay
    const isOver = () => waitingRows() >= batchMax || waiting.some(({ deadline }) => deadline <= end)
    const left = end - performance.now()
    if (left <= 0 || isOver()) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, left)
      wakeBatch = () => {
        if (!isOver()) return
        clearTimeout(timer)
        resolve()
      }
    })
    wakeBatch = () => {}
  }

  function waitingRows(): number {
    return waiting.reduce((sum, { inputs }) => sum + (rowsOf(inputs) ?? batchMax), 0)
  }

  /** The first that is still wanted and, if it may be batched, those after it that fit. */
  function takeBatch(): Waiting[] {
    const first = takeWanted()
    if (!first) return []
    const batch = [first]
    let rows = batching ? (rowsOf(first.inputs) ?? batchMax) : batchMax
    const form = rows < batchMax ? formOf(first.inputs) : ''
    while (rows < batchMax) {
      const next = waiting[0]
      const more = next && formOf(next.inputs) === form ? rowsOf(next.inputs) : undefined
      if (more === undefined || rows + more > batchMax) break
      const wanted = takeWanted(1)
      if (!wanted) continue
      batch.push(wanted)
      rows += more
    }
    return batch
  }

  /** Takes the first request that somebody waits for, looking at no more than `most`; refuses those before it. */
  function takeWanted(most = waiting.length): Waiting | undefined {
    for (let looked = 0; looked < most; looked++) {
      const job = waiting.shift()
      if (!job) return undefined
      const now = performance.now()
      if (job.isGone()) job.reject(refusal('client-gone'))
      else if (now > job.deadline) job.reject(refusal('deadline'))
      else {
        queueSeconds.observe((now - job.since) / 1000)
        return job
      }
    }
    return undefined
  }

  async function runAlone(job: Waiting): Promise<void> {
    await measured(1, job.inputs).then(job.resolve, job.reject)
  }

  async function runTogether(batch: Waiting[]): Promise<void> {
    const counts = batch.map(({ inputs }) => rowsOf(inputs) as number)
    const rows = counts.reduce((sum, count) => sum + count, 0)
    const parts = batch.map(({ inputs }) => inputs)
    const outputs = await measured(batch.length, merge(model.inputs, parts, rows)).catch(() => undefined)
    const shares = outputs && split(model.outputs, outputs, counts)
    if (shares) {
      for (const [index, job] of batch.entries()) job.resolve(shares[index] as Tensors)
      return
    }
    // One of them may be bad: alone, each gets what it deserves.
    for (const job of batch) await runAlone(job)
  }

  async function measured(requests: number, inputs: Tensors): Promise<Tensors> {
    batchSize.observe(requests)
    const started = performance.now()
    try {
      return await model.run(inputs)
    } finally {
      const milliseconds = performance.now() - started
      computeSeconds.observe(milliseconds / 1000)
      usual += (milliseconds - usual) / 16
    }
  }

  function refusal(reason: Reason): Refusal {
    rejected.inc({ reason })
    if (reason === 'queue-full') {
      const seconds = Math.max(1, Math.ceil((usual * waiting.length) / batchMax / 1000))
      const sentence = `${waiting.length} requests wait already, as many as may; try again in ${seconds} s.`
      return new Refusal(503, sentence, { 'retry-after': String(seconds) })
    }
    return new Refusal(504, 'The deadline passed before the model got to this request.')
  }

  return {
    compute(job) {
      if (running && waiting.length >= queueMax) return Promise.reject(refusal('queue-full'))
      const outputs = new Promise<Tensors>((resolve, reject) => {
        waiting.push({ ...job, since: performance.now(), resolve, reject })
      })
      wakeBatch()
      if (!running) {
        running = true
        // It never rejects: what goes wrong belongs to a job.
        void work()
      }
      return outputs
    },
  }
}
