import { createServer } from 'node:http'
import type { Kind } from '../kinds.js'
import { guard } from '../listener.js'
import { hasMethods } from '../value.js'

/** An app in the style of Polka, such as tinyhttp: an object that answers by its method `handler`. */
export const polka: Kind = {
  name: 'Polka-style app',
  recognise({ value }) {
    if (typeof value !== 'object' || !hasMethods(value, ['handler', 'use', 'listen'])) return undefined
    // Its handler has a third parameter, but that is no `next`: none is to be given.
    return () => ({
      server: createServer(guard((request, response) => value.handler(request, response), undefined)),
    })
  },
}
