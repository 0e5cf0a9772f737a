/** Flags by which somebody debugs the arbiter: workers would fight for its port, and wait for a debugger of their own. */
const debugging = /^--inspect(-brk|-wait)?(=|$)/

/** Node's flags that workers take over from the arbiter. */
export function inheritedFlags(execArgv: readonly string[] = process.execArgv): string[] {
  return execArgv.filter((flag) => !debugging.test(flag))
}
