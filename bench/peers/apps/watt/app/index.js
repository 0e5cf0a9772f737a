const { createServer } = require('node:http')

exports.create = () => createServer(require(`./handlers/${process.env.HANDLER}.cjs`))
