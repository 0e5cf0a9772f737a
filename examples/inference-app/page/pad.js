import { centre } from './centre.js'

/** Width of the pen, and how far an arrow key moves it, in pixels of the pad. */
const pen = 22
const step = 10

/** A canvas to draw on by mouse, finger or keys; `changed` is told the image, `side` pixels square. */
export function createPad(canvas, side, changed) {
  const context = canvas.getContext('2d', { willReadFrequently: true })
  const cursor = { x: canvas.width / 2, y: canvas.height / 4, down: false }
  /** What is drawn, without the cursor. */
  let drawing
  clear()

  function clear() {
    context.fillStyle = '#000'
    context.fillRect(0, 0, canvas.width, canvas.height)
    drawing = undefined
    cursor.down = false
    changed(new Array(side * side).fill(0))
  }

  function line(from, to) {
    context.strokeStyle = '#fff'
    context.lineWidth = pen
    context.lineCap = 'round'
    context.beginPath()
    context.moveTo(from.x, from.y)
    // A line of no length at all would leave no dot.
    context.lineTo(to.x + 0.01, to.y)
    context.stroke()
    changed(centre(canvas, side))
  }

  let last
  canvas.addEventListener('pointerdown', (event) => {
    hideCursor()
    canvas.setPointerCapture(event.pointerId)
    last = place(event)
    line(last, last)
  })
  canvas.addEventListener('pointermove', (event) => {
    if (!last) return
    const here = place(event)
    line(last, here)
    last = here
  })
  for (const name of ['pointerup', 'pointercancel']) {
    canvas.addEventListener(name, () => {
      last = undefined
    })
  }

  function place({ clientX, clientY }) {
    const box = canvas.getBoundingClientRect()
    const scale = canvas.width / box.width
    return { x: (clientX - box.left) * scale, y: (clientY - box.top) * scale }
  }

  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
  canvas.addEventListener('keydown', (event) => {
    const move = moves[event.key]
    if (!move && event.key !== ' ' && event.key !== 'Escape') return
    event.preventDefault()
    hideCursor()
    if (event.key === 'Escape') clear()
    if (event.key === ' ') cursor.down = !cursor.down
    const from = { ...cursor }
    if (move) {
      cursor.x = Math.min(canvas.width, Math.max(0, cursor.x + move[0] * step))
      cursor.y = Math.min(canvas.height, Math.max(0, cursor.y + move[1] * step))
    }
    if (cursor.down) line(from, cursor)
    showCursor()
  })
  canvas.addEventListener('focus', () => canvas.matches(':focus-visible') && showCursor())
  canvas.addEventListener('blur', hideCursor)

  function showCursor() {
    drawing = context.getImageData(0, 0, canvas.width, canvas.height)
    context.strokeStyle = cursor.down ? '#f66' : '#6af'
    context.lineWidth = 3
    context.beginPath()
    context.arc(cursor.x, cursor.y, pen / 2, 0, 2 * Math.PI)
    context.stroke()
  }

  function hideCursor() {
    if (drawing) context.putImageData(drawing, 0, 0)
    drawing = undefined
  }

  return {
    clear,
    /** Shows an image of `side` pixels square and tells it. */
    show(image) {
      drawing = undefined
      const size = canvas.width / side
      for (const [index, ink] of image.entries()) {
        context.fillStyle = `rgb(${ink} ${ink} ${ink})`
        context.fillRect((index % side) * size, Math.floor(index / side) * size, size, size)
      }
      changed(image)
    },
  }
}
