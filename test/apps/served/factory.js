import { handler } from './handler.js'

export async function create({ greeting }) {
  if (greeting !== 'hello') throw new Error('The options did not arrive.')
  await new Promise((resolve) => setTimeout(resolve, 10))
  return handler
}
