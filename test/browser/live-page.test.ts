import assert from 'node:assert/strict'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Status } from '../../src/control/status.js'
import { projectFolder, temporaryFolder } from '../process/harness/application.js'
import { ask, nworkersctl } from '../process/harness/control.js'
import { startLoad } from '../process/harness/load.js'
import { poll } from '../process/harness/poll.js'
import { signalProcess } from '../process/harness/processes.js'
import { type Server, startServer } from '../process/harness/server.js'
import { findCommand } from '../process/harness/unprivileged.js'

const executablePath = findCommand('chromium')
const skip = executablePath === undefined && 'chromium is not installed'

/** With a folder here the test leaves pictures of the page for the docs. */
const pictures = process.env.LIVE_PAGE_PICTURES

interface Look {
  name: string
  context: BrowserContextOptions
}

const looks: Look[] = [
  { name: 'light', context: { colorScheme: 'light', viewport: { width: 1100, height: 800 } } },
  { name: 'dark', context: { colorScheme: 'dark', viewport: { width: 1100, height: 800 } } },
  { name: 'phone', context: { colorScheme: 'dark', viewport: { width: 390, height: 844 }, isMobile: true } },
]

/** Opens the page; what it complains of is gathered. */
async function openPage(
  t: TestContext,
  url: string,
  look: Look,
): Promise<{ page: Page; complaints: string[] }> {
  const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const page = await (await browser.newContext(look.context)).newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  await page.goto(url)
  return { page, complaints }
}

/** A server with an eventful past: a death and a rollout that failed. */
async function startEventful(t: TestContext): Promise<{ server: Server; url: string }> {
  const folder = temporaryFolder(t, { 'app.mjs': good })
  const socket = folder.path('control.sock')
  const args = ['-w', '3', '-n', 'shop', '--admin', '0', '--control-socket', socket]
  const server = await startServer(t, { app: `${folder.path('app.mjs')}:app`, args })
  const [, url] = await server.waitForLog(/Admin page: (\S+)/)
  const [victim] = server.workers()
  if (victim) signalProcess(victim.pid, 'SIGKILL')
  await server.waitForLog(/exited: killed/)
  const isWhole = async () => {
    const status: Status = JSON.parse((await ask(socket, 'GET', '/v1/status')).body)
    return status.workers.filter(({ state }) => state === 'ready').length === 3
  }
  await poll(isWhole, { what: 'the slot is filled again' })
  folder.deploy('app.mjs', 'throw new Error("no database")')
  assert.equal((await nworkersctl(['-s', socket, 'reload', '--wait'])).code, 1)
  folder.deploy('app.mjs', good)
  return { server, url: url ?? '' }
}

const probe = path.join(projectFolder, 'test/fixtures/process/probe.mjs')
const good = `import { probe } from ${JSON.stringify(probe)}\nexport const app = probe('one')\n`

for (const look of looks) {
  test(`the live page, ${look.name}: shows the fleet and follows it, without a complaint`, {
    skip,
  }, async (t) => {
    const { server, url } = await startEventful(t)
    const load = startLoad(t, server)
    const { page, complaints } = await openPage(t, url, look)
    const text = () => page.innerText('body')
    await poll(async () => /3 of 3 workers ready/.test(await text()), { what: 'the fleet is shown' })
    assert.equal(await page.locator('article').count(), 3)
    assert.match(await text(), /Slot 0, pid \d+, .* ago: killed \(signal SIGKILL\)/)
    assert.match(await text(), /Generation 1 to 2, .* ago: failed: boot-failure/)
    await poll(async () => (await points(page)) >= 5, { what: 'sparklines grow' })
    const { wide, view } = (await page.evaluate(
      '({ wide: document.documentElement.scrollWidth, view: innerWidth })',
    )) as { wide: number; view: number }
    assert.ok(wide <= view, 'nothing sticks out at the side')
    assert.equal(await background(page), look.context.colorScheme === 'dark' ? 'dark' : 'light')
    if (pictures) {
      await poll(async () => (await points(page)) >= 40, { deadline: 120_000, what: 'sparklines are full' })
      await page.screenshot({ path: path.join(pictures, `live-page-${look.name}.png`) })
    }

    server.signal('SIGTTIN')
    await poll(async () => /4 of 4 workers ready/.test(await text()), { what: 'a worker more is shown' })
    await load.stop()
    assert.deepEqual(complaints, [])
    server.signal('SIGTERM')
    await poll(async () => /not reachable/.test(await text()), {
      what: 'the page says that the arbiter has gone',
    })
  })
}

/** How many values the first sparkline shows. */
async function points(page: Page): Promise<number> {
  const text = await page.locator('polyline').first().getAttribute('points')
  return (text ?? '').split(' ').length
}

async function background(page: Page): Promise<'dark' | 'light'> {
  const color = String(await page.evaluate('getComputedStyle(document.body).backgroundColor'))
  const [red = 255] = (/\d+/.exec(color) ?? []).map(Number)
  return red < 128 ? 'dark' : 'light'
}
