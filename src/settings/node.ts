import { repeated, type ValueType } from './value.js'

/** Modules by name or path. */
export const modules: ValueType<string[]> = repeated({
  metavar: 'MODULE',
  expected: 'a path or the name of a package',
  parse: (given) => (given === '' || given.includes('\0') ? undefined : given),
  gather: (items) => items,
  write: (value) => value.join(', '),
})

/** They would run code before the worker has become its user, or leave no worker. */
const refused =
  /^(?:-[repchv]$|--(?:require|import|loader|experimental-loader|eval|print|inspect|watch|test|check|help|version)\b)/

/** Flags of Node's own command line. */
export const nodeFlags: ValueType<string[]> = repeated({
  metavar: 'FLAG',
  expected:
    'a flag of Node such as --enable-source-maps; modules to load first are given by --import and --require',
  parse: (given) => (/^--?[a-z]/.test(given) && !refused.test(given) ? given : undefined),
  gather: (items) => items,
  write: (value) => value.join(' '),
})
