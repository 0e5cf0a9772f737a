import { randomFillSync } from 'node:crypto'
import { payloadSize, pieceSize, sum } from '../payload.js'
import { expectHead, readHead, readText } from '../wire/answer.js'
import { type Connection, WireError } from '../wire/connection.js'
import type { Attempt, ClientKind, Visit } from './client.js'

/** Longest pause between two pieces, in milliseconds. */
const longestPause = 40

/** Sends a megabyte slowly: with its length or in chunks, at once or after `100 Continue`. */
export const upload: ClientKind = {
  name: 'slow upload',
  count: 2,
  async run(visit) {
    const body = randomFillSync(Buffer.alloc(payloadSize))
    while (!visit.isOver()) {
      body.writeUInt32BE(visit.random.integer(0, 0xffff_ffff), 4_000)
      await visit.attempt(async (attempt) => {
        const connection = await attempt.open()
        await send(visit, attempt, connection, body)
        const head = await expectHead(connection)
        const text = await readText(connection, head)
        const wanted = JSON.stringify({ bytes: payloadSize, sha1: sum(body) })
        if (text !== wanted) throw new WireError(`the upload arrived as ${text.slice(0, 80)}`)
        connection.close()
      })
      await visit.think(50)
    }
  },
}

async function send(visit: Visit, attempt: Attempt, connection: Connection, body: Buffer): Promise<void> {
  const chunked = visit.random.chance(0.5)
  const waits = visit.random.chance(0.3)
  const length = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`
  const expect = waits ? 'Expect: 100-continue\r\n' : ''
  await connection.write(
    `POST /upload?id=${attempt.id} HTTP/1.1\r\nHost: chaos\r\n${length}\r\n${expect}\r\n`,
  )
  if (waits) {
    const { status } = await readHead(connection)
    if (status !== 100) throw new WireError(`status ${status} instead of 100`)
  }
  for (let offset = 0; offset < body.length; offset += pieceSize) {
    const piece = body.subarray(offset, offset + pieceSize)
    if (!connection.isOpen()) break
    await connection.write(chunked ? chunk(piece) : piece)
    attempt.sent(piece.length)
    await visit.think(longestPause)
  }
  if (chunked) await connection.write('0\r\n\r\n')
}

function chunk(piece: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
}
