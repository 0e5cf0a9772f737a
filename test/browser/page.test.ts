import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { readHeldOut } from '../inference/digits.js'
import { projectFolder } from '../process/harness/application.js'
import { type Server, startServer } from '../process/harness/server.js'

// The page of the example in a real browser. With SCREENSHOT=FILE.png the last picture is kept, for the README.

const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync)
const skip = executablePath === undefined && 'needs Chromium (Debian: chromium)'

let browser: Browser
before(async () => {
  if (executablePath === undefined) return
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
})
after(() => browser?.close())

/** The page, open, with what it complained of. */
async function openPage(server: Server, options: Parameters<Browser['newPage']>[0] = {}) {
  const page = await browser.newPage({ viewport: { width: 760, height: 760 }, ...options })
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await page.goto(server.url)
  await page.locator('#samples button').nth(39).waitFor()
  return { page, complaints }
}

/** Draws a line through these points, given as parts of the pad. */
async function draw(page: Page, points: [number, number][]): Promise<void> {
  const box = await page.locator('#pad').boundingBox()
  assert.ok(box)
  for (const [index, [x, y]] of points.entries()) {
    await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 8 })
    if (index === 0) await page.mouse.down()
  }
  await page.mouse.up()
}

const seven: [number, number][] = [
  [0.25, 0.2],
  [0.75, 0.2],
  [0.45, 0.85],
]

async function reads(page: Page, digit: number): Promise<void> {
  await page.getByText(new RegExp(`^It is a ${digit} \\(`)).waitFor({ timeout: 20_000 })
}

test('a digit drawn by mouse is read, told by bars, and by which worker', { skip }, async (t) => {
  const server = await startServer(t, {
    app: 'examples/inference-app:app',
    args: ['-w', '2'],
    deadline: 60_000,
  })
  const { page, complaints } = await openPage(server)
  await draw(page, seven)
  await reads(page, 7)
  const values = await page
    .locator('progress')
    .evaluateAll((bars) => bars.map((bar) => (bar as unknown as { value: number }).value))
  assert.equal(values.length, 10)
  assert.ok(Math.abs(values.reduce((sum, value) => sum + value, 0) - 1) < 1e-3)
  assert.equal(values.indexOf(Math.max(...values)), 7)
  const worker = await page.locator('#worker').textContent()
  assert.match(worker ?? '', /^Answered by worker [01] \(process \d+\) in [\d.]+ ms\.$/)
  if (process.env.SCREENSHOT)
    await page.screenshot({ path: path.resolve(projectFolder, process.env.SCREENSHOT) })

  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByText('Nothing is drawn yet.').waitFor()
  assert.deepEqual(complaints, [])
  await page.close()
})

test('held-out digits can be clicked, and nearly all are read right', { skip }, async (t) => {
  const server = await startServer(t, {
    app: 'examples/inference-app:app',
    args: ['-w', '2'],
    deadline: 60_000,
  })
  const { page } = await openPage(server)
  let right = 0
  const digits = readHeldOut(10)
  for (const [index, { label }] of digits.entries()) {
    await page.getByRole('button', { name: `Sample ${index + 1}`, exact: true }).click()
    const answer = page.getByText(/^It is a \d \(/)
    await answer.waitFor()
    if ((await answer.textContent())?.startsWith(`It is a ${label} `)) right++
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByText('Nothing is drawn yet.').waitFor()
  }
  assert.ok(right >= 9, `${right} of ${digits.length}`)
  await page.close()
})

test('a digit drawn by keys alone is read', { skip }, async (t) => {
  const server = await startServer(t, {
    app: 'examples/inference-app:app',
    args: ['-w', '2'],
    deadline: 60_000,
  })
  const { page, complaints } = await openPage(server)
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate('document.activeElement.id'), 'pad')
  await page.keyboard.press('Space')
  for (let step = 0; step < 15; step++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Space')
  await reads(page, 1)
  await page.keyboard.press('Escape')
  await page.getByText('Nothing is drawn yet.').waitFor()
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate('document.activeElement.id'), 'clear')
  assert.deepEqual(complaints, [])
  await page.close()
})

test('the page fits a phone, goes dark, and lets no foreign script run', { skip }, async (t) => {
  const server = await startServer(t, {
    app: 'examples/inference-app:app',
    args: ['-w', '1'],
    deadline: 60_000,
  })
  const { page } = await openPage(server, {
    viewport: { width: 360, height: 700 },
    colorScheme: 'dark',
    hasTouch: true,
  })
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360)
  assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(20, 23, 27)')
  const ran = await page.evaluate(`(() => {
    const script = document.createElement('script')
    script.textContent = 'window.foreign = true'
    document.body.append(script)
    return window.foreign === true
  })()`)
  assert.equal(ran, false)
  const box = await page.locator('#pad').boundingBox()
  assert.ok(box)
  await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2)
  await page.getByText(/^It is a \d \(/).waitFor()
  await page.close()
})
