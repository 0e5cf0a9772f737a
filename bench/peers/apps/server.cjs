// The trivial app of every Node system: the same file for all, which listens by itself.
const { createServer } = require('node:http')

createServer((_request, response) => response.end('hello\n')).listen(Number(process.env.PORT), '127.0.0.1')
