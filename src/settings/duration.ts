import { numberForm } from './form.js'
import { single, type ValueType } from './value.js'

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** The longest delay of Node's timers; a longer one would fire at once. */
const longest = 2_147_483_647

/** Reads `30`, `500ms`, `2m` or `1h`; bare numbers are seconds. The result is whole milliseconds. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? []
  if (digits === undefined) return undefined
  const duration = Math.round(Number(digits) * units[unit as keyof typeof units])
  // 0 means "off", so a tiny duration must not become 0.
  const vanished = duration === 0 && Number(digits) > 0
  return vanished || duration > longest ? undefined : duration
}

/** Writes milliseconds as `30s` or `500ms`. */
export function writeDuration(duration: number): string {
  return duration % 1000 === 0 ? `${duration / 1000}s` : `${duration}ms`
}

/** A duration in milliseconds, 0 included. */
export const duration: ValueType<number> = single({
  metavar: 'DURATION',
  expected: 'a duration of at most 24 days such as 30 (seconds), 500ms, 2m or 1h',
  form: numberForm({ minimum: 0, fractions: true }),
  parse: parseDuration,
  write: writeDuration,
})

/** A duration in milliseconds for a limit that cannot be switched off. */
export const positiveDuration: ValueType<number> = single({
  metavar: 'DURATION',
  expected: 'a duration above 0 and of at most 24 days such as 30 (seconds), 500ms, 2m or 1h',
  form: numberForm({ minimum: 0, fractions: true }),
  parse: (text) => parseDuration(text) || undefined,
  write: writeDuration,
})
