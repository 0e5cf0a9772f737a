import { duration } from '../duration.js'
import type { Table } from '../setting.js'

/** What connections and requests may do. */
export const connectionsSettings = {
  keepAlive: {
    type: duration,
    default: '75s',
    doc: 'How long an idle connection stays open, best above the idle timeout of the load balancer in front; 0 is for ever.',
  },
  drainLinger: {
    type: duration,
    default: '5s',
    doc: 'How long a worker that leaves keeps idle connections open, so that no request meets a closed one; 0 closes them at once.',
  },
  requestDeadline: {
    type: duration,
    default: '0',
    doc: 'How long a request may go without its whole answer; then it gets 504, or is cut if an answer has begun; 0 is for ever.',
  },
} satisfies Partial<Table>
