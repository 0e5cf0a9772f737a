const throng = require('throng')

throng({ count: Number(process.env.WORKERS), worker: () => require('./server.cjs') })
