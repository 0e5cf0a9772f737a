import { configure } from '../config/configure.js'
import type { Start } from '../settings/resolve.js'
import { forward, print } from './terminal.js'

/**
 * Checks the settings and loads the app once, in a process of its own. Returns the exit code.
 * @throws what is wrong with the settings or the app.
 */
export async function checkConfig(start: Start): Promise<number> {
  const { settings } = await configure(start, { onOutput: forward })
  const { checkApp } = await import('../arbiter/check.js')
  const kind = await checkApp(settings)
  const article = /^(?:[aeiou]|http)/i.test(kind) ? 'an' : 'a'
  print(`The configuration is valid. ${settings.app} is ${article} ${kind}.`)
  return 0
}
