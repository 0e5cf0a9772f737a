import { count } from '../count.js'
import { duration } from '../duration.js'
import type { Table } from '../setting.js'
import { size } from '../size.js'

/** When a worker is replaced by a fresh one. */
export const recyclingSettings = {
  maxRequests: {
    type: count(0, Number.MAX_SAFE_INTEGER),
    default: '0',
    doc: 'A worker that has answered about this many requests is replaced by a fresh one; 0 never does that.',
  },
  maxRequestsJitter: {
    type: count(0, Number.MAX_SAFE_INTEGER),
    default: '0',
    doc: 'Up to this many requests are added to the limit of each worker, so that they do not reach it together.',
  },
  maxMemory: {
    type: size,
    default: '0',
    doc: 'A worker whose private memory stays above this is replaced by a fresh one; 0 never does that.',
  },
  maxLifetime: {
    type: duration,
    default: '0',
    doc: 'A worker that has lived about this long is replaced by a fresh one; 0 never does that.',
  },
} satisfies Partial<Table>
