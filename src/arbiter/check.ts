import type { AppKind } from '../app/app.js'
import { createError, NworkersError } from '../errors.js'
import type { FromWorker } from '../ipc/messages.js'
import { resolveIdentity } from '../machine/identity.js'
import { type Settings, workerSettings } from '../settings/settings.js'
import { credentialsOf } from '../tls/credentials.js'
import { workerEnvironment } from './environment.js'
import { describeExit } from './fleet/death.js'
import { inheritedFlags } from './node-flags.js'
import { unknownScript } from './script-address.js'
import { startWorkerProcess } from './worker-process.js'

/**
 * Loads the app in a child as a worker would, without listening, and says what it is.
 * @throws the error that would end the start
 */
export async function checkApp(settings: Settings): Promise<AppKind> {
  const identity = await resolveIdentity(settings)
  const credentials = await credentialsOf(settings, (text) => process.stderr.write(`${text}\n`))
  return await new Promise((resolve, reject) => {
    let kind: AppKind | undefined
    let failure: (FromWorker & { type: 'failed' }) | undefined
    const place = { slot: 0, generation: 1, count: settings.workers }
    const child = startWorkerProcess(
      {
        nodeArguments: [...inheritedFlags(), ...settings.nodeOption],
        environment: workerEnvironment(process.env, settings.env, place),
        cwd: settings.chdir,
        listenerFds: [],
        onStdout: undefined,
        onStderr: (chunk) => process.stderr.write(chunk),
      },
      {
        message(message) {
          if (message.type === 'loaded') kind = message.kind
          if (message.type === 'failed') failure = message
        },
        failed: (error) => settle(() => reject(error)),
        exited(code, signal) {
          const exit = describeExit({ code, signal, outOfMemory: false })
          settle(() => {
            if (failure) reject(errorOf(failure))
            else if (kind) resolve(kind)
            else
              reject(createError('NWORKERS_E_BOOT', `${settings.app} ended while it was loading (${exit}).`))
          })
        },
      },
    )
    const timer =
      settings.bootTimeout > 0
        ? setTimeout(() => {
            child.kill('SIGKILL')
            const limit = settings.bootTimeout / 1000
            settle(() =>
              reject(createError('NWORKERS_E_BOOT', `${settings.app} was not loaded within ${limit} s.`)),
            )
          }, settings.bootTimeout)
        : undefined
    function settle(end: () => void): void {
      clearTimeout(timer)
      end()
    }
    child.send({
      type: 'boot',
      purpose: 'check',
      slot: place.slot,
      generation: place.generation,
      settings: workerSettings(settings),
      identity,
      listeners: [],
      accessStream: 1,
      script: unknownScript,
      ...(credentials && { credentials }),
    })
  })
}

/** The worker's error as one of our own; a boot failure if it has a code of somebody else. */
function errorOf({ exitCode, message }: FromWorker & { type: 'failed' }): NworkersError {
  return new NworkersError(exitCode === 4 ? 'NWORKERS_E_SPECIFIER' : 'NWORKERS_E_BOOT', message)
}
