import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { projectFolder } from '../process/harness/application.js'
import { appsDocument } from './document.js'

writeFileSync(path.join(projectFolder, 'docs/apps.md'), appsDocument())
