/**
 * How often systemd wants a sign of life of this process, in milliseconds: at half of what it allows, as
 * sd_watchdog_enabled(3) recommends. Undefined where it wants none.
 */
export function watchdogInterval(environment: NodeJS.ProcessEnv, pid: number): number | undefined {
  const { WATCHDOG_USEC, WATCHDOG_PID } = environment
  const allowed = Number(WATCHDOG_USEC)
  const meant = WATCHDOG_PID === undefined || WATCHDOG_PID === '' || Number(WATCHDOG_PID) === pid
  return meant && allowed > 0 ? Math.max(1, Math.floor(allowed / 2_000)) : undefined
}
