import type { InitializeHook, LoadHook } from 'node:module'
import type { MessagePort } from 'node:worker_threads'

// Runs in the thread of Node's module hooks: it tells every ES module that is about to be read.

let port: MessagePort | undefined

export const initialize: InitializeHook<MessagePort> = (given) => {
  port = given
}

export const load: LoadHook = (url, context, next) => {
  port?.postMessage(url)
  return next(url, context)
}
