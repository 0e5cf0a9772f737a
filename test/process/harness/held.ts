import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { temporaryFolder } from './application.js'
import { type Answer, type RequestFailure, type RequestOptions, request } from './request.js'
import type { Server } from './server.js'

export interface HeldRequest {
  /** The answer, or how the request failed: it is never thrown. */
  answer: Promise<Answer | RequestFailure>
  /** Lets the probe answer. */
  release(): void
}

/** A request to the probe that is running in its handler when this resolves, and goes on until it is released. */
export async function holdRequest(
  t: TestContext,
  server: Server,
  options: RequestOptions & { begin?: boolean } = {},
): Promise<HeldRequest> {
  const name = randomUUID()
  const until = temporaryFolder(t).path('released')
  const query = new URLSearchParams({ until, announce: name, ...(options.begin ? { begin: '1' } : {}) })
  const answer = request(server, `/held?${query}`, { timeout: 60_000, ...options }).catch(
    (failure: RequestFailure) => failure,
  )
  await server.waitForLog(new RegExp(`running ${name}`))
  return { answer, release: () => writeFileSync(until, '') }
}
