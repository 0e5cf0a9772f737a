import { createGate } from './gate.js'

/** Where items come from, some at a time. */
export interface Source<Item> {
  /** At least one and at most so many items; none at the end. */
  take(count: number): Item[] | Promise<Item[]>
  /** Nothing more will be taken. */
  close(): void
}

/** Items of an iterable; each is read only when it can be sent. */
export function sourceOf<Item>(inputs: Iterable<Item> | AsyncIterable<Item>): Source<Item> {
  return Symbol.asyncIterator in inputs ? fromAsync(inputs) : fromSync(inputs)
}

function fromSync<Item>(inputs: Iterable<Item>): Source<Item> {
  const iterator = inputs[Symbol.iterator]()
  let ended = false
  return {
    take(count) {
      const items: Item[] = []
      while (!ended && items.length < count) {
        const next = iterator.next()
        if (next.done) ended = true
        else items.push(next.value)
      }
      return items
    },
    close() {
      if (!ended) iterator.return?.()
      ended = true
    },
  }
}

/** Gives what has come, so that a slow source is not waited for while there is something to do. */
function fromAsync<Item>(inputs: AsyncIterable<Item>): Source<Item> {
  const iterator = inputs[Symbol.asyncIterator]()
  const gate = createGate()
  let items: Item[] = []
  let wanted = 1
  let ended = false
  let failure: { error: unknown } | undefined

  async function collect(): Promise<void> {
    try {
      while (!ended) {
        while (items.length >= wanted && !ended) await gate.wait()
        if (ended) return
        const next = await iterator.next()
        if (next.done) ended = true
        else items.push(next.value)
        gate.changed()
      }
    } catch (error) {
      failure = { error }
      ended = true
      gate.changed()
    }
  }

  let isCollecting = false
  return {
    async take(count) {
      wanted = count
      if (!isCollecting) void collect()
      isCollecting = true
      gate.changed()
      while (items.length === 0 && !ended) await gate.wait()
      const taken = items.slice(0, count)
      items = items.slice(count)
      gate.changed()
      if (taken.length === 0 && failure) throw failure.error
      return taken
    },
    close() {
      if (ended) return
      ended = true
      gate.changed()
      // A source that waits for its next item can't be closed before that has come; nobody waits for it.
      iterator.return?.().then(undefined, () => {})
    },
  }
}
