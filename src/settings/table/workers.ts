import { surge, workerCount } from '../count.js'
import { duration, positiveDuration } from '../duration.js'
import { globs } from '../globs.js'
import type { Table } from '../setting.js'
import { boolean } from '../text.js'
import { optional } from '../value.js'

/** How many workers there are, and how they come and go. */
export const workersSettings = {
  workers: {
    type: workerCount,
    alias: 'w',
    variables: [{ name: 'WEB_CONCURRENCY' }],
    default: '1',
    doc: 'How many workers to keep; auto is one for each CPU that affinity and the cgroup quota allow.',
  },
  minWorkers: {
    type: workerCount,
    default: '1',
    doc: 'The fewest workers to keep where --max-workers lets their number follow the load.',
  },
  maxWorkers: {
    type: optional(workerCount),
    doc: 'The most workers to keep: their number follows the load from --min-workers to this, and begins with --workers; without it the number stays.',
  },
  scaleDownAfter: {
    type: positiveDuration,
    default: '60s',
    doc: 'How long fewer workers must have been enough before those beyond leave, where --max-workers lets their number follow the load.',
  },
  timeout: {
    type: duration,
    alias: 't',
    default: '30s',
    doc: 'A worker whose event loop is silent for this long is killed and replaced; 0 never does that.',
  },
  gracefulTimeout: {
    type: positiveDuration,
    default: '30s',
    doc: 'How long a worker that is told to leave may take to finish the requests it has.',
  },
  bootTimeout: {
    type: duration,
    default: '60s',
    doc: 'How long a worker may take to load the app and be ready; 0 waits for ever.',
  },
  hookTimeout: {
    type: positiveDuration,
    default: '5s',
    doc: 'How long a hook of the config file may take; one that is late is logged and not waited for.',
  },
  waitReady: {
    type: boolean,
    default: 'false',
    doc: "A worker is ready only when its app has also called process.send('ready'), as apps for PM2 do.",
  },
  shutdownDelay: {
    type: duration,
    default: '0',
    doc: 'How long a stop goes on serving before it drains, while load balancers learn of it; 0 drains at once.',
  },
  reloadSurge: {
    type: surge,
    default: '10%',
    doc: 'How many workers a reload may have beside the old ones, or which share of them, but one at least; 0 stops an old one first.',
  },
  reload: {
    type: boolean,
    default: 'false',
    doc: 'Reload when a file that the app has loaded, or the config file, is saved; packages in node_modules are not watched.',
  },
  reloadExtraFile: {
    type: globs,
    doc: 'A file, or a quoted pattern such as templates/**/*.html, that --reload watches too, relative to --chdir; repeat it for more.',
  },
} satisfies Partial<Table>
