// The app of the benchmark of balance: ?block=N holds the event loop N ms without using a core, ?wait=N leaves it free.
const cell = new Int32Array(new SharedArrayBuffer(4))

export default function app(request, response) {
  const [, kind, text] = /\?(block|wait)=(\d+)/.exec(request.url) ?? []
  const answer = () => {
    response.setHeader('x-pid', process.pid)
    response.end('ok')
  }
  if (kind === 'wait') {
    setTimeout(answer, Number(text))
    return
  }
  if (kind === 'block') Atomics.wait(cell, 0, 0, Number(text))
  answer()
}
