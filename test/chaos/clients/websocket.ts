import { createHash, randomBytes } from 'node:crypto'
import type { Random } from '../random.js'
import { expectHead, getRequest } from '../wire/answer.js'
import { type Connection, WireError } from '../wire/connection.js'
import { closeCode, encodeFrame, readFrame } from '../wire/frame.js'
import type { ClientKind } from './client.js'

/** What is appended to the key of a handshake; RFC 6455 section 1.3. */
const protocolId = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const normal = 1000
const goingAway = 1001

/**
 * Sends messages over a WebSocket and awaits the echo of each. It ends as the client wants, or, when the worker leaves,
 * by a close frame with 1001; the message that crossed that frame on its way need not be echoed (RFC 6455, 1.4).
 */
export const websocket: ClientKind = {
  name: 'WebSocket',
  count: 3,
  async run(visit) {
    while (!visit.isOver()) {
      await visit.attempt(async (attempt) => {
        const { random } = visit
        const connection = await attempt.open()
        await shakeHands(connection)
        for (let rest = random.integer(5, 60); rest > 0; rest--) {
          const payload = message(random, `${attempt.id}.${rest}`)
          await connection.write(encodeFrame('text', payload, random))
          attempt.sent(payload.length)
          const echo = await readFrame(connection)
          if (echo.kind === 'close') {
            if (closeCode(echo) !== goingAway) throw new WireError(`closed with ${closeCode(echo)}`)
            await connection.write(encodeFrame('close', echo.payload, random))
            await connection.end()
            connection.close()
            return
          }
          if (!echo.payload.equals(payload)) throw new WireError('an echo that is not what was sent')
          attempt.message()
          await visit.think(80)
        }
        await sayGoodbye(connection, random)
      })
      await visit.think(50)
    }
  },
}

async function shakeHands(connection: Connection): Promise<void> {
  const key = randomBytes(16).toString('base64')
  const headers = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`
  await connection.write(getRequest('/echo', headers))
  const head = await expectHead(connection, 101)
  const wanted = createHash('sha1').update(`${key}${protocolId}`).digest('base64')
  if (head.headers.get('sec-websocket-accept') !== wanted) throw new WireError('a wrong handshake')
}

/** Most messages are short; some need the two longer forms of a frame's length. */
function message(random: Random, id: string): Buffer {
  const length = random.chance(0.8) ? 40 : random.chance(0.8) ? 900 : 70_000
  return Buffer.from(id.padEnd(length, '.'))
}

async function sayGoodbye(connection: Connection, random: Random): Promise<void> {
  const code = Buffer.alloc(2)
  code.writeUInt16BE(normal)
  await connection.write(encodeFrame('close', code, random))
  const answer = await readFrame(connection)
  const wanted = answer.kind === 'close' && [normal, goingAway].includes(closeCode(answer))
  if (!wanted) throw new WireError(`a goodbye that was answered by ${answer.kind} ${closeCode(answer)}`)
  await connection.end()
  connection.close()
}
