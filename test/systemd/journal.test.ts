import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { probeSource } from '../process/harness/application.js'
import { poll } from '../process/harness/poll.js'
import { installService, serviceMissing, unit } from './service.js'

const units = ['systemd-journald.socket', 'systemd-journald.service']
const machines = '/lib/systemd/system'
const skip =
  serviceMissing() || (!existsSync('/lib/systemd/systemd-journald') && 'systemd-journald is not installed')

test('systemd: the journal has the lines of the arbiter and of the app, under the name of the unit', {
  skip,
}, async (t) => {
  const service = await installService(t, {
    source: probeSource('one', 'console.log("said by the app")\nconsole.error("complained by the app")'),
    output: 'journal',
  })
  const { lab } = service
  for (const name of units) {
    const text = readFileSync(`${machines}/${name}`, 'utf8')
    // The lab has neither the kernel's audit nor /dev/log.
    await lab.install(name, text.replace(/ systemd-journald-(dev-log|audit)\.socket/g, ''))
  }
  assert.equal((await lab.systemctl('start', ...units)).code, 0)
  assert.equal((await lab.systemctl('start', unit)).code, 0)
  const lines = async () => {
    const { output } = await lab.run('journalctl', '--no-pager', '-o', 'short', '-u', unit)
    return output
  }
  await poll(async () => /app\[\d+\]: .*Ready: generation 1, 2 workers/.test(await lines()), {
    what: 'the journal has the line of the arbiter',
  })
  const text = await lines()
  for (const line of ['said by the app', 'complained by the app', 'Listening at: http://127.0.0.1:']) {
    assert.ok(
      text.split('\n').some((entry) => /app\[\d+\]: /.test(entry) && entry.includes(line)),
      text,
    )
  }
})
