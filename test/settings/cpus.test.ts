import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { availableCpus } from '../../src/settings/cpus.js'

const v2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate'
const v1 = '33 25 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct'
const v1CpuSet = '34 25 0:30 / /sys/fs/cgroup/cpuset rw shared:10 - cgroup cgroup rw,cpuset'

interface Case {
  name: string
  affinity: number
  files: Record<string, string>
  cpus: number
}

/** The files of one machine: its memberships, its mounts, and the files of its cgroups. */
const machine = (cgroup: string, mounts: string[], files: Record<string, string> = {}) => ({
  'proc/self/cgroup': `${cgroup}\n`,
  'proc/self/mountinfo': `22 1 8:1 / / rw - ext4 /dev/sda1 rw\n${mounts.join('\n')}\n`,
  ...files,
})

const cases: Case[] = [
  { name: 'no cgroup files at all: the affinity', affinity: 8, files: {}, cpus: 8 },
  { name: 'version 2 without a cpu.max: the affinity', affinity: 8, files: machine('0::/', [v2]), cpus: 8 },
  {
    name: 'version 2 without a limit',
    affinity: 8,
    files: machine('0::/a', [v2], { 'sys/fs/cgroup/a/cpu.max': 'max 100000\n' }),
    cpus: 8,
  },
  {
    name: 'version 2, a quota of 2.5 is rounded down',
    affinity: 8,
    files: machine('0::/a', [v2], { 'sys/fs/cgroup/a/cpu.max': '250000 100000\n' }),
    cpus: 2,
  },
  {
    name: 'version 2, a quota below one CPU still allows one worker',
    affinity: 8,
    files: machine('0::/a', [v2], { 'sys/fs/cgroup/a/cpu.max': '20000 100000\n' }),
    cpus: 1,
  },
  {
    name: 'version 2, the affinity is tighter',
    affinity: 2,
    files: machine('0::/a', [v2], { 'sys/fs/cgroup/a/cpu.max': '400000 100000\n' }),
    cpus: 2,
  },
  {
    name: 'version 2, an ancestor is tighter than the cgroup',
    affinity: 16,
    files: machine('0::/pod.slice/burst/app', [v2], {
      'sys/fs/cgroup/pod.slice/burst/app/cpu.max': '800000 100000\n',
      'sys/fs/cgroup/pod.slice/burst/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/pod.slice/cpu.max': '300000 100000\n',
    }),
    cpus: 3,
  },
  {
    name: 'version 2, the cgroup is tighter than its ancestor',
    affinity: 16,
    files: machine('0::/pod.slice/app', [v2], {
      'sys/fs/cgroup/pod.slice/app/cpu.max': '200000 100000\n',
      'sys/fs/cgroup/pod.slice/cpu.max': '300000 100000\n',
    }),
    cpus: 2,
  },
  {
    name: 'version 2 in a container with a cgroup namespace: the quota lies at the mount point',
    affinity: 16,
    files: machine('0::/', [v2], { 'sys/fs/cgroup/cpu.max': '400000 100000\n' }),
    cpus: 4,
  },
  {
    name: 'version 2 in a container whose path lies outside of the mount',
    affinity: 16,
    files: machine('0::/../../other', [v2.replace(' / /sys', ' /docker/abc /sys')], {
      'sys/fs/cgroup/cpu.max': '500000 100000\n',
    }),
    cpus: 5,
  },
  {
    name: 'version 2, another cgroup of a similar name does not count',
    affinity: 16,
    files: machine('0::/a', [v2], {
      'sys/fs/cgroup/a/cpu.max': '400000 100000\n',
      'sys/fs/cgroup/ab/cpu.max': '100000 100000\n',
    }),
    cpus: 4,
  },
  {
    name: 'version 1 without a limit',
    affinity: 8,
    files: machine('4:cpu,cpuacct:/a', [v1], {
      'sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us': '-1\n',
      'sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us': '100000\n',
    }),
    cpus: 8,
  },
  {
    name: 'version 1 with a quota and a period of its own',
    affinity: 8,
    files: machine('4:cpu,cpuacct:/a', [v1], {
      'sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us': '150000\n',
      'sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us': '50000\n',
    }),
    cpus: 3,
  },
  {
    name: 'version 1 in Docker: the path is the root of the mount',
    affinity: 8,
    files: machine(
      '5:cpuset:/docker/abc\n4:cpu,cpuacct:/docker/abc',
      [v1CpuSet, v1.replace(' / /', ' /docker/abc /')],
      {
        'sys/fs/cgroup/cpuset/cpu.cfs_quota_us': '100000\n',
        'sys/fs/cgroup/cpuset/cpu.cfs_period_us': '100000\n',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '200000\n',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
      },
    ),
    cpus: 2,
  },
  {
    name: 'both versions at once: the one that has the controller',
    affinity: 8,
    files: machine('4:cpu,cpuacct:/a\n0::/a', [v1, v2.replace('cgroup rw', 'cgroup/unified rw')], {
      'sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us': '300000\n',
      'sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us': '100000\n',
    }),
    cpus: 3,
  },
  {
    name: 'a mount point with a space in its name',
    affinity: 8,
    files: machine('0::/', [v2.replace('/sys/fs/cgroup', '/sys/my\\040cgroup')], {
      'sys/my cgroup/cpu.max': '200000 100000\n',
    }),
    cpus: 2,
  },
  {
    name: 'files with nonsense are no limit',
    affinity: 8,
    files: machine('nonsense\n0::/a', ['nonsense', '1 2 - cgroup2', v2], {
      'sys/fs/cgroup/a/cpu.max': 'x\n',
    }),
    cpus: 8,
  },
]

for (const { name, affinity, files, cpus } of cases) {
  test(`CPUs: ${name}`, (context) => {
    const root = mkdtempSync(join(tmpdir(), 'nworkers-cpus-'))
    context.after(() => rmSync(root, { recursive: true }))
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), content)
    }
    assert.equal(availableCpus({ root, affinity }), cpus)
  })
}

test('CPUs of this machine: at least one', () => {
  assert.ok(availableCpus() >= 1)
})
