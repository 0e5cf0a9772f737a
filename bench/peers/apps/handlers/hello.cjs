module.exports = (_request, response) => response.end('hello\n')
