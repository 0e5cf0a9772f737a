/** A function that does its work the first time only, and gives the same result ever after. */
export function once<Result>(work: () => Result): () => Result {
  let done: { result: Result } | undefined
  return () => {
    done ??= { result: work() }
    return done.result
  }
}
