const { createServer } = require('node:http')

exports.create = () => createServer((_request, response) => response.end('hello\n'))
