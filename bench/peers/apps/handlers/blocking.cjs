// ?block=N holds the event loop N ms without using a core.
const cell = new Int32Array(new SharedArrayBuffer(4))

module.exports = (request, response) => {
  const text = /\?block=(\d+)/.exec(request.url)?.[1]
  if (text !== undefined) Atomics.wait(cell, 0, 0, Number(text))
  response.end('hello\n')
}
