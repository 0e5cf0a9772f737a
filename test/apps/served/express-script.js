import app from './express5.js'

app.listen(3000, () => console.log('listening'))
