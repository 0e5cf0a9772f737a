/** The digits. */
export const labels = 10

/** What a row of probabilities says. */
export function describePrediction(row: Float32Array): { label: number; probabilities: number[] } {
  const probabilities = Array.from(row, (probability) => round(probability, 1e6))
  return { label: row.indexOf(Math.max(...row)), probabilities }
}

/** Rounds to so many steps in 1. */
export function round(value: number, steps: number): number {
  return Math.round(value * steps) / steps
}
