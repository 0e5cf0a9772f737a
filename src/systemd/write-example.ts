import { writeFileSync } from 'node:fs'
import { exampleUnit } from './example-unit.js'

// A script: writes deploy/nworkers.service of the project this was compiled in.
writeFileSync(new URL('../../../deploy/nworkers.service', import.meta.url), exampleUnit())
