import type { LogLevel } from '../settings/settings.js'

const severity: Record<LogLevel, number> = { debug: 10, info: 20, warning: 30, error: 40, critical: 50 }

export interface Logger {
  debug(text: string): void
  info(text: string): void
  warning(text: string): void
  error(text: string): void
}

/**
 * A logger that writes lines of gunicorn's shape:
 * `[2026-11-22 18:05:40 +0000] [30587] [INFO] Booting worker with pid: 30629 (slot 2)`
 */
export function createLogger(options: {
  level: LogLevel
  write: (line: string) => void
  pid: number
  now?: () => Date
}): Logger {
  const { write, pid, now = () => new Date() } = options
  const lowest = severity[options.level]
  const at = (level: LogLevel) => (text: string) => {
    if (severity[level] >= lowest) write(`[${timestamp(now())}] [${pid}] [${level.toUpperCase()}] ${text}\n`)
  }
  return { debug: at('debug'), info: at('info'), warning: at('warning'), error: at('error') }
}

/** Local time with its offset from UTC: `2026-11-22 18:05:40 +0000`. */
export function timestamp(date: Date): string {
  const offset = -date.getTimezoneOffset()
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  return `${day} ${time} ${offset < 0 ? '-' : '+'}${two(offset / 60)}${two(Math.abs(offset) % 60)}`
}
