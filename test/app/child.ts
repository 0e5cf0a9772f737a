import { outcomeOf } from './outcome.js'

// Loads one app in a process of its own, so that module caches, loaders and what an app leaves behind do not matter.
const [specifier = '', chdir = '', path] = process.argv.slice(2)
const outcome = await outcomeOf(specifier, chdir, path)
process.stdout.write(JSON.stringify(outcome), () => process.exit())
