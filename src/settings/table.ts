import type { AnySetting, SettingName, Table } from './setting.js'
import { applicationSettings } from './table/application.js'
import { connectionsSettings } from './table/connections.js'
import { loggingSettings } from './table/logging.js'
import { observingSettings } from './table/observing.js'
import { processSettings } from './table/process.js'
import { recyclingSettings } from './table/recycling.js'
import { socketsSettings } from './table/sockets.js'
import { tlsSettings } from './table/tls.js'
import { workersSettings } from './table/workers.js'

/** The sections of the help and of the documentation, in their order. */
const sections = {
  Application: applicationSettings,
  Workers: workersSettings,
  Recycling: recyclingSettings,
  Sockets: socketsSettings,
  Connections: connectionsSettings,
  'TLS and HTTP/2': tlsSettings,
  Process: processSettings,
  Logging: loggingSettings,
  Observing: observingSettings,
}

/** Every setting there is. Help, documentation and validation come from here. */
const table: Table = {
  ...applicationSettings,
  ...workersSettings,
  ...recyclingSettings,
  ...socketsSettings,
  ...connectionsSettings,
  ...tlsSettings,
  ...processSettings,
  ...loggingSettings,
  ...observingSettings,
}

/** The names of the sections, in their order. */
export const groups = Object.keys(sections)

/** Every setting, in the order of its section. */
export const allSettings: readonly AnySetting[] = Object.entries(sections).flatMap(([group, settings]) =>
  (Object.keys(settings) as SettingName[]).map((name) => ({ ...table[name], name, group })),
)

const byName = new Map(allSettings.map((setting) => [setting.name, setting]))

/** A setting by its name. */
export function settingNamed(name: SettingName): AnySetting {
  return byName.get(name) as AnySetting
}
