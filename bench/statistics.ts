/** The middle of the numbers. */
export function median(numbers: readonly number[]): number {
  const sorted = ascending(numbers)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Median and range as text: `12.3 (11.8–14.0)`. */
export function spread(numbers: readonly number[], digits = 0): string {
  const text = (value = Number.NaN) => value.toFixed(digits)
  const sorted = ascending(numbers)
  return `${text(median(numbers))} (${text(sorted[0])}–${text(sorted.at(-1))})`
}

/** The ratios of what was measured in pairs. */
export function ratios(measured: readonly number[], reference: readonly number[]): number[] {
  return measured.map((value, index) => value / (reference[index] ?? Number.NaN))
}

/**
 * The median with its confidence interval of 95 %, as text. By order statistics, which ask nothing of how the numbers
 * are distributed: of n numbers those of rank n/2 ± 0.98·√n hold it.
 */
export function confident(numbers: readonly number[], digits = 2): string {
  const sorted = ascending(numbers)
  const half = 0.98 * Math.sqrt(sorted.length)
  const low = sorted[Math.max(0, Math.floor(sorted.length / 2 - half))] ?? Number.NaN
  const high = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length / 2 + half))] ?? Number.NaN
  return `${median(numbers).toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`
}

function ascending(numbers: readonly number[]): number[] {
  return [...numbers].sort((a, b) => a - b)
}
