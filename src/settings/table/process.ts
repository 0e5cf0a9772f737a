import { mode } from '../mode.js'
import type { Table } from '../setting.js'
import { boolean, text } from '../text.js'
import { optional } from '../value.js'

/** What the processes are for the system. */
export const processSettings = {
  pid: {
    type: optional(text('FILE')),
    alias: 'p',
    doc: 'A file to write the process id of the arbiter to.',
  },
  user: {
    type: optional(text('USER')),
    alias: 'u',
    doc: 'The user that workers become before they read anything; the arbiter keeps its own, so it can bind port 80.',
  },
  group: {
    type: optional(text('GROUP')),
    alias: 'g',
    doc: 'The group that workers become; without it the primary group of the user.',
  },
  initgroups: {
    type: boolean,
    default: 'false',
    doc: "Give workers the supplementary groups of the user; without it they have the group's alone.",
  },
  umask: {
    type: optional(mode),
    alias: 'm',
    doc: 'The file mode creation mask of workers and of unix sockets, in octal; without it the one of the arbiter.',
  },
  name: {
    type: text('NAME'),
    alias: 'n',
    defaultsTo: 'app',
    doc: 'The name that the process titles show.',
  },
} satisfies Partial<Table>
