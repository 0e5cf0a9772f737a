// The app of every Node system: the same file for all, which listens by itself.
const { createServer } = require('node:http')

createServer(require(`./handlers/${process.env.HANDLER}.cjs`)).listen(Number(process.env.PORT), '127.0.0.1')
