import { defaultText } from './names.js'
import type { AnySetting } from './setting.js'
import { allSettings } from './table.js'

/** The JSON Schema of a config file, as the text of config.schema.json. */
export function configSchema(): string {
  const settings = allSettings.filter(({ notInFile }) => !notInFile)
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Config file of nworkers',
    description: 'Generated from the table of settings by npm run docs.',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      ...Object.fromEntries(settings.map((setting) => [setting.name, describe(setting)])),
    },
    additionalProperties: false,
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

function describe(setting: AnySetting): object {
  const standard = defaultText(setting)
  const fact = standard === undefined ? '' : ` Default: ${standard}.`
  return { description: setting.doc + fact, ...setting.type.form.schema }
}
