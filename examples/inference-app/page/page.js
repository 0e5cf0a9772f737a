import { createAnswer } from './answer.js'
import { createPad } from './pad.js'

// Puts the page together: what is drawn is asked for, and what is answered is shown.

const side = 28
const answer = createAnswer(document)
/** Whether a request is on its way, and what is to be sent after it. */
let asking = false
let next
const pad = createPad(document.querySelector('#pad'), side, ask)

document.querySelector('#clear').addEventListener('click', () => pad.clear())
showSamples(await (await fetch('/samples')).json())

/** One request is on its way at most; what was drawn meanwhile is sent after it. */
async function ask(image) {
  next = image
  if (asking) return
  asking = true
  while (next) {
    const sent = next
    next = undefined
    if (sent.every((ink) => ink === 0)) answer.clear()
    else await send(sent)
  }
  asking = false
}

async function send(image) {
  try {
    const response = await fetch('/predict', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ image, scale: 255 }),
    })
    const body = await response.json()
    if (response.ok) answer.show(body)
    else answer.fail(body.error)
  } catch {
    answer.fail('The server does not answer.')
  }
}

function showSamples(samples) {
  const grid = document.querySelector('#samples')
  for (const [index, encoded] of samples.entries()) {
    const image = Array.from(atob(encoded), (byte) => byte.charCodeAt(0))
    const button = document.createElement('button')
    button.type = 'button'
    button.setAttribute('aria-label', `Sample ${index + 1}`)
    const canvas = document.createElement('canvas')
    canvas.width = side
    canvas.height = side
    paint(canvas.getContext('2d'), image)
    button.append(canvas)
    button.addEventListener('click', () => pad.show(image))
    grid.append(button)
  }
}

function paint(context, image) {
  const pixels = context.createImageData(side, side)
  for (const [index, ink] of image.entries()) pixels.data.set([ink, ink, ink, 255], index * 4)
  context.putImageData(pixels, 0, 0)
}
