export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Median and range of the values, as text. */
export function summary(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return `${median(values).toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`
}
