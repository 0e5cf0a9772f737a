import { create } from './app.js'

async function bootstrap() {
  const app = await create('express')
  app.enableShutdownHooks()
  await app.listen(3000)
}

void bootstrap()
