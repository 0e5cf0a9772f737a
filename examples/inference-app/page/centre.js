/** The larger side of a digit in the images the network was trained with, of 28 pixels. */
const digitSize = 20

/**
 * What is drawn on a canvas as an image of `side` pixels square, made like those of MNIST: scaled so that the larger
 * side is 20 pixels, and with its centre of mass in the middle.
 */
export function centre(canvas, side) {
  const ink = readInk(canvas)
  const box = boundsOf(ink)
  if (!box) return new Array(side * side).fill(0)
  const scale = digitSize / Math.max(box.right - box.left, box.bottom - box.top)
  const mass = massOf(ink)
  const small = document.createElement('canvas')
  small.width = side
  small.height = side
  const context = small.getContext('2d')
  context.imageSmoothingQuality = 'high'
  context.fillRect(0, 0, side, side)
  context.translate(side / 2 - mass.x * scale, side / 2 - mass.y * scale)
  context.drawImage(canvas, 0, 0, canvas.width * scale, canvas.height * scale)
  return readInk(small).values
}

function readInk(canvas) {
  const { width, height } = canvas
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height)
  return { width, values: Array.from({ length: width * height }, (_, index) => data[index * 4]) }
}

function boundsOf({ width, values }) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
  for (const [index, value] of values.entries()) {
    if (value < 64) continue
    const [x, y] = [index % width, Math.floor(index / width)]
    box.left = Math.min(box.left, x)
    box.right = Math.max(box.right, x + 1)
    box.top = Math.min(box.top, y)
    box.bottom = Math.max(box.bottom, y + 1)
  }
  return box.left < box.right ? box : undefined
}

function massOf({ width, values }) {
  let [sum, x, y] = [0, 0, 0]
  for (const [index, value] of values.entries()) {
    sum += value
    x += value * ((index % width) + 0.5)
    y += value * (Math.floor(index / width) + 0.5)
  }
  return { x: x / sum, y: y / sum }
}
