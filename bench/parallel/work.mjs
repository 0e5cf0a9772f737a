// The same work as work.py: the numbers below `limit` whose Collatz path is counted step by step.
export function collatz(limit) {
  let steps = 0
  for (let number = 1; number < limit; number++) {
    for (let value = number; value !== 1; steps++) value = value % 2 === 0 ? value / 2 : 3 * value + 1
  }
  return steps
}

export const nothing = (item) => item
