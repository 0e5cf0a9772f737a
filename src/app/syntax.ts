import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'

const DEADLINE_MS = 10_000

/**
 * Where a syntax error among the static imports of an ES module is: file, line and marked place, as Node prints it,
 * or undefined if nothing was found within ten seconds.
 *
 * Node prints the place only for an error that nobody catches, so a short-lived process links the module. Its first
 * import ends the process as soon as everything is linked, so no code of the app runs a second time.
 */
export function locateSyntaxError(file: string): Promise<string | undefined> {
  const source = `import 'data:text/javascript,process.exit()'; import ${JSON.stringify(pathToFileURL(file).href)}`
  const options = { timeout: DEADLINE_MS, env: { ...process.env, NODE_OPTIONS: '' } }
  return new Promise((done) => {
    execFile(
      process.execPath,
      ['--input-type=module', '--eval', source],
      options,
      (_error, _stdout, stderr) => {
        done(/^file:[\s\S]*?^SyntaxError: .*$/m.exec(stderr)?.[0])
      },
    )
  })
}
