import { openLogFile } from '../observe/log-file.js'
import { createLogger, type Logger } from '../observe/logger.js'
import { type Output, openOutput } from '../observe/output.js'
import type { Settings } from '../settings/settings.js'

/** What decides over the arbiter's log. */
type LogSettings = Pick<Settings, 'logLevel' | 'logFormat' | 'errorLogfile'>

/** The log of the arbiter and of all that comes on its workers' stderr. */
export interface ArbiterLog extends Omit<Output, 'close'> {
  readonly log: Logger
  /** Follows settings that were read again. Throws NWORKERS_E_LOG_FILE; then nothing has changed. */
  follow(settings: LogSettings): void
  /** Opens a file anew that may have been moved away. Throws NWORKERS_E_LOG_FILE; then the former is written on. */
  reopen(): void
}

interface Target extends Output {
  file: string
  reopen(): void
}

/** @throws NWORKERS_E_LOG_FILE */
export function openArbiterLog(first: LogSettings, pid: number): ArbiterLog {
  let settings = first
  let target = openTarget(first.errorLogfile)
  const style = () => ({ level: settings.logLevel, format: settings.logFormat })
  const write: Output['write'] = (chunk) => target.write(chunk)
  const log = createLogger({ style, write, pid })
  return {
    log,
    write,
    flush: (within) => target.flush(within),
    follow(next) {
      if (next.errorLogfile !== target.file) {
        const former = target
        target = openTarget(next.errorLogfile)
        former.close()
      }
      settings = next
    },
    reopen: () => target.reopen(),
  }
}

function openTarget(file: string): Target {
  if (file === '-') return { ...openOutput(2), file, reopen() {}, close() {} }
  return { ...openLogFile(file), file }
}
