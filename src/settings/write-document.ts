import { writeFileSync } from 'node:fs'
import { settingsDocument } from './document.js'

// A script: writes docs/settings.md of the project this was compiled in.
writeFileSync(new URL('../../../docs/settings.md', import.meta.url), settingsDocument())
