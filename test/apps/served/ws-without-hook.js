export { server } from './ws.js'
