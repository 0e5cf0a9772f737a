// What every app of this folder answers at `/`: who answers, and the id it was asked with.
export const identity = (url) => ({
  id: new URL(url, 'http://localhost').searchParams.get('id'),
  pid: process.pid,
  version: 'served',
})

/** What a framework runs at its end is told on stderr, by this text. */
export const tell = (text) => process.stderr.write(`${text} in ${process.pid}\n`)
