import next from 'next'

// A custom server: what `next()` gives is the app.
export default next({ dev: false, dir: import.meta.dirname })
