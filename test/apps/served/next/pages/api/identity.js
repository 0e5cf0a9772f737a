export default function identity({ query }, response) {
  response.json({ id: query.id ?? null, pid: process.pid, version: 'served' })
}
