import { pathToFileURL } from 'node:url'
import { createFleet, step } from '../../../src/arbiter/fleet/fleet.js'

/** What is under test: the fleet's reducer, or a copy of it with one line broken. */
export interface Reducer {
  readonly createFleet: typeof createFleet
  readonly step: typeof step
}

export const reducer: Reducer = { createFleet, step }

/** The reducer whose compiled entry is this file. */
export async function loadReducer(file: string): Promise<Reducer> {
  const loaded: Reducer = await import(pathToFileURL(file).href)
  return loaded
}
