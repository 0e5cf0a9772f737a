import type { UpgradeProgress, Upgrades } from '../arbiter/upgrade/upgrades.js'

/**
 * Asks for an upgrade and follows it until its verdict, which is told by the old arbiter.
 *
 * @param signal - ends the following, not the upgrade
 */
export async function followUpgrade(
  upgrades: Upgrades,
  tell: (progress: UpgradeProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = () => {
      signal.removeEventListener('abort', end)
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
    const follow = (progress: UpgradeProgress) => {
      tell(progress)
      if (progress.type === 'verdict') end()
    }
    const obstacle = upgrades.begin(follow)
    if (obstacle !== undefined) follow({ type: 'verdict', verdict: 'failed', pid: null, reason: obstacle })
  })
}
