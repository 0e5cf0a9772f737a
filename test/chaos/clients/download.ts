import { createHash } from 'node:crypto'
import { payloadSum } from '../payload.js'
import { expectHead, getRequest, readBody } from '../wire/answer.js'
import { WireError } from '../wire/connection.js'
import type { ClientKind } from './client.js'

/** Milliseconds between two pieces, on the side that is slow. */
const longestPause = 25

/** Gets a megabyte slowly, since the server is slow or since it reads slowly itself; with a length or in chunks. */
export const download: ClientKind = {
  name: 'slow download',
  count: 2,
  async run(visit) {
    while (!visit.isOver()) {
      await visit.attempt(async (attempt) => {
        const slowReader = visit.random.chance(0.5)
        const pace = slowReader ? 0 : visit.random.integer(5, longestPause)
        const form = visit.random.chance(0.5) ? '&chunked' : ''
        const connection = await attempt.open()
        await connection.write(getRequest(`/download?id=${attempt.id}&pace=${pace}${form}`))
        const head = await expectHead(connection)
        const hash = createHash('sha1')
        for await (const part of readBody(connection, head)) {
          hash.update(part)
          if (slowReader) await visit.think(longestPause)
        }
        if (hash.digest('hex') !== payloadSum) throw new WireError('the download has a wrong checksum')
        connection.close()
      })
      await visit.think(50)
    }
  },
}
