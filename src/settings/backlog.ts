import { readFileSync } from 'node:fs'
import { single, type ValueType } from './value.js'

/** The limit of Linux since 5.4, where this process may not read it. */
const usualLimit = 4096

/** Read from any text: the most connections that the kernel lets a socket queue. */
export const longestBacklog: ValueType<number> = single({
  metavar: 'N',
  expected: 'a number of sockets',
  parse: kernelLimit,
  write: String,
})

function kernelLimit(): number {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')) || usualLimit
  } catch {
    return usualLimit
  }
}
