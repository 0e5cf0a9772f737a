const steps = [
  { unit: 'd', seconds: 86_400 },
  { unit: 'h', seconds: 3_600 },
  { unit: 'm', seconds: 60 },
] as const

/** Seconds as the two largest units: `3d 4h`, `2m 5s`, `12s`. */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  for (const [index, { unit, seconds: step }] of steps.entries()) {
    if (whole < step) continue
    const next = steps[index + 1] ?? { unit: 's', seconds: 1 }
    return `${Math.floor(whole / step)}${unit} ${Math.floor((whole % step) / next.seconds)}${next.unit}`
  }
  return `${whole}s`
}

/** `812K`, `47M`, `1.9G`; a dash for what is not known. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return '-'
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)}G`
  return bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)}M` : `${Math.round(bytes / 2 ** 10)}K`
}

/** `0.8ms`, `47ms`, `1.9s`; a dash for what is not known. */
export function formatMilliseconds(milliseconds: number | null): string {
  if (milliseconds === null) return '-'
  if (milliseconds >= 1_000) return `${(milliseconds / 1_000).toFixed(1)}s`
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)}ms`
}

/** `47%`; a dash for what is not known. */
export function formatShare(share: number | null): string {
  return share === null ? '-' : `${Math.round(share * 100)}%`
}
