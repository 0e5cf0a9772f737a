import { accessFormat, combinedFormat } from '../access-format.js'
import { accessLogFile, errorLogFile } from '../log-file.js'
import { loopback, networks } from '../networks.js'
import type { Table } from '../setting.js'
import { boolean, choice } from '../text.js'
import { optional } from '../value.js'

/** What is logged, where and how. */
export const loggingSettings = {
  logLevel: {
    type: choice('LEVEL', ['debug', 'info', 'warning', 'error', 'critical']),
    default: 'info',
    doc: 'The least severe messages to log: debug, info, warning, error or critical.',
  },
  logFormat: {
    type: choice('FORMAT', ['text', 'json']),
    default: 'text',
    doc: 'How the log is written: text, in lines like those of gunicorn, or json, an object a line.',
  },
  errorLogfile: {
    type: errorLogFile,
    default: '-',
    doc: 'Where the log and the stderr of workers go: a file that is appended to and opened anew on USR1, or - for stderr.',
  },
  accessLogfile: {
    type: optional(accessLogFile),
    doc: 'Where each worker writes a line for each request: a file, or - for stdout; without it nothing is logged.',
  },
  accessLogformat: {
    type: accessFormat,
    default: combinedFormat,
    doc: "How such a line looks: a text with gunicorn's atoms, or json; docs/logging.md tells them all.",
  },
  forwardedAllowIps: {
    type: networks,
    variables: [{ name: 'FORWARDED_ALLOW_IPS' }],
    default: loopback,
    doc: 'Whose X-Forwarded-For and X-Forwarded-Proto the access log believes: addresses and networks, or * for everybody, and unix sockets always; repeat it for more.',
  },
  captureOutput: {
    type: boolean,
    default: 'false',
    doc: 'Put the slot of the worker before each line that it writes to stdout and stderr.',
  },
} satisfies Partial<Table>
