// The same work as work.py: the steps of Euclid's algorithm for `limit` and each number below it. All values stay small:
// where they outgrow an integer, JavaScript takes several times longer from then on, and no time can be foreseen.
export function euclid(limit) {
  let steps = 0
  for (let number = 1; number < limit; number++) {
    for (let [divisor, rest] = [limit, number]; rest !== 0; steps++) [divisor, rest] = [rest, divisor % rest]
  }
  return steps
}

export const nothing = (item) => item
