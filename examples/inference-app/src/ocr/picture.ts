import { convertIndexedToRgb, decode } from 'fast-png'
import { Refusal } from '../http/refusal.js'

/** Rows of pixels that the model reads; the width is free, up to this many. */
export const lineHeight = 48
const mostWidth = 3200
/** Pixels a picture may have: a small file can hold a huge one. */
const mostPixels = 4_000_000

const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])

/** A picture of a line as the model takes it: three planes, blue, green, red, of 48 rows, from -1 to 1. */
export interface Line {
  planes: Float32Array
  width: number
}

/** Decodes a PNG and scales it to the height of a line. Throws a refusal if it is none, or too large. */
export function readLine(png: Buffer): Line {
  requireSize(png)
  const { width, height, colour } = decodePng(png)
  const lineWidth = Math.max(1, Math.min(mostWidth, Math.round((width * lineHeight) / height)))
  const planes = new Float32Array(3 * lineHeight * lineWidth)
  for (let y = 0; y < lineHeight; y++) {
    const rows = neighbours(y, lineHeight, height)
    for (let x = 0; x < lineWidth; x++) {
      const columns = neighbours(x, lineWidth, width)
      for (let plane = 0; plane < 3; plane++) {
        // Between the four pixels around the point: linear in both directions.
        let value = 0
        for (const [row, rowShare] of rows) {
          for (const [column, columnShare] of columns) {
            value += rowShare * columnShare * colour(row * width + column, 2 - plane)
          }
        }
        planes[(plane * lineHeight + y) * lineWidth + x] = value * 2 - 1
      }
    }
  }
  return { planes, width: lineWidth }
}

/** The two source pixels on whose line a target pixel's centre lies, with their shares. */
function neighbours(target: number, targets: number, sources: number): [number, number][] {
  const place = Math.max(0, ((target + 0.5) * sources) / targets - 0.5)
  const first = Math.min(sources - 1, Math.floor(place))
  const share = place - first
  return [
    [first, 1 - share],
    [Math.min(sources - 1, first + 1), share],
  ]
}

/** Width and height stand at the same place in every PNG: they are looked at before anything is unpacked. */
function requireSize(png: Buffer): void {
  if (png.length < 33 || !png.subarray(0, 8).equals(signature)) throw new Refusal(400, 'The body is no PNG.')
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  if (width === 0 || height === 0) throw new Refusal(400, `The picture is ${width} by ${height} pixels.`)
  if (width * height > mostPixels) {
    throw new Refusal(400, `The picture is ${width} by ${height} pixels; it may have ${mostPixels} in all.`)
  }
}

interface Picture {
  width: number
  height: number
  /** Red (0), green (1) or blue (2) of a pixel, 0 to 1, on white paper where the picture is transparent. */
  colour(pixel: number, channel: number): number
}

function decodePng(png: Buffer): Picture {
  try {
    const decoded = decode(png)
    const { width, height } = decoded
    const indexed = decoded.palette !== undefined
    const data = indexed ? convertIndexedToRgb(decoded) : decoded.data
    const channels = data.length / (width * height)
    const full = indexed ? 255 : 2 ** Math.max(8, decoded.depth) - 1
    if (![1, 2, 3, 4].includes(channels)) throw new Error(`it has ${channels} channels`)
    const colours = channels < 3 ? 1 : 3
    return {
      width,
      height,
      colour(pixel, channel) {
        const start = pixel * channels
        const value = (data[start + (colours === 1 ? 0 : channel)] as number) / full
        if (channels === colours) return value
        const cover = (data[start + colours] as number) / full
        return value * cover + 1 - cover
      },
    }
  } catch (error) {
    throw new Refusal(400, `The PNG can't be decoded: ${error instanceof Error ? error.message : error}.`)
  }
}
