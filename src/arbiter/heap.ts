const heapFlag = /--max[-_]old[-_]space[-_]size/

/**
 * The V8 flag that bounds a worker's heap: three quarters of the cgroup's memory limit divided by the workers,
 * since each V8 would otherwise size itself to the whole container. None without a limit or when the user chose.
 */
export function heapFlags(options: {
  workers: number
  execArgv: readonly string[]
  environment: NodeJS.ProcessEnv
  memoryLimit: number | undefined
}): string[] {
  const { workers, execArgv, environment, memoryLimit } = options
  const chosen = [...execArgv, environment.NODE_OPTIONS ?? ''].some((text) => heapFlag.test(text))
  if (chosen || memoryLimit === undefined) return []
  const megabytes = Math.floor((memoryLimit * 0.75) / workers / 1024 / 1024)
  return [`--max-old-space-size=${Math.max(32, megabytes)}`]
}
