import { writeFileSync } from 'node:fs'
import { settingsDocument } from './document.js'
import { configSchema } from './schema.js'

// A script: writes what is generated from the table into the project this was compiled in.
const project = new URL('../../../', import.meta.url)
writeFileSync(new URL('docs/settings.md', project), settingsDocument())
writeFileSync(new URL('config.schema.json', project), configSchema())
