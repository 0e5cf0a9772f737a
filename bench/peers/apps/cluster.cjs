// node:cluster as its documentation shows it, with the usual reload on SIGHUP: a new worker listens, then an old one is
// disconnected, one after the other.
const cluster = require('node:cluster')
const { once } = require('node:events')

async function reload() {
  for (const old of Object.values(cluster.workers)) {
    await once(cluster.fork(), 'listening')
    old.disconnect()
    await once(old, 'exit')
  }
}

if (cluster.isPrimary) {
  cluster.schedulingPolicy = process.env.POLICY === 'none' ? cluster.SCHED_NONE : cluster.SCHED_RR
  for (let count = Number(process.env.WORKERS); count > 0; count--) cluster.fork()
  process.on('SIGHUP', () => void reload().then(() => console.log('reloaded')))
} else {
  require('./server.cjs')
}
