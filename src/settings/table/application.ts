import { directory } from '../directory.js'
import { file } from '../file.js'
import { modules, nodeFlags } from '../node.js'
import type { Table } from '../setting.js'
import { text } from '../text.js'
import { optional } from '../value.js'
import { variables } from '../variables.js'

/** What is served, and what stands around it. */
export const applicationSettings = {
  app: {
    type: text('MODULE[:EXPORT]'),
    positional: true,
    doc: 'The app to serve: a file, a folder or an installed package, and after a colon which of its exports.',
  },
  config: {
    type: optional(file),
    alias: 'c',
    notInFile: true,
    doc: 'The config file; without it nworkers.config.ts, .mts, .js, .mjs, .cjs or .json where nworkers is started, if there is one.',
  },
  chdir: {
    type: directory,
    default: '.',
    doc: 'The directory that the app is looked for in and that workers run in.',
  },
  env: {
    type: variables,
    alias: 'e',
    doc: "A variable to add to the workers' environment; repeat it for more.",
  },
  require: {
    type: modules,
    doc: 'A CommonJS module that each worker loads before the app, such as dotenv/config; repeat it for more.',
  },
  import: {
    type: modules,
    doc: 'A module that each worker imports before the app, such as ./telemetry.mjs; repeat it for more.',
  },
  nodeOption: {
    type: nodeFlags,
    doc: 'A flag of Node for the workers, such as --node-option=--enable-source-maps; repeat it for more.',
  },
} satisfies Partial<Table>
