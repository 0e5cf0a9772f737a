import type { LogFormat, LogLevel } from '../settings/settings.js'
import { jsonText } from './json-text.js'

const severity: Record<LogLevel, number> = { debug: 10, info: 20, warning: 30, error: 40, critical: 50 }

export interface Logger {
  debug(text: string): void
  info(text: string): void
  warning(text: string): void
  error(text: string): void
}

/** How a log looks and what it leaves out. */
export interface LogStyle {
  level: LogLevel
  format: LogFormat
}

/** Writes a message as one entry, with its end. */
type FormatEntry = (entry: { date: Date; pid: number; level: LogLevel; text: string }) => string

const formats: Record<LogFormat, FormatEntry> = {
  /** gunicorn's shape: `[2026-11-22 18:05:40 +0000] [30587] [INFO] Booting worker with pid: 30629 (slot 2)`. */
  text: ({ date, pid, level, text }) => `[${timestamp(date)}] [${pid}] [${level.toUpperCase()}] ${text}\n`,
  json: ({ date, pid, level, text }) =>
    `{"time":"${date.toISOString()}","level":"${level}","pid":${pid},"message":${jsonText(text)}}\n`,
}

/** A logger whose style is asked for with each message, since it may change. */
export function createLogger(options: {
  style: () => LogStyle
  write: (line: string) => void
  pid: number
  now?: () => Date
}): Logger {
  const { write, pid, now = () => new Date() } = options
  const at = (level: LogLevel) => (text: string) => {
    const style = options.style()
    if (severity[level] < severity[style.level]) return
    write(formats[style.format]({ date: now(), pid, level, text }))
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
