/** What is going to happen in a simulated world, and when. */
export interface Agenda<Owner> {
  add(at: number, owner: Owner, happen: () => void): void
  /** When the first of all is due; infinity if nothing is. */
  next(): number
  /** Takes the first out and gives it. Of those due at once it is the one added first. */
  take(): () => void
  /** Forgets what this owner was to do. */
  drop(owner: Owner): void
  /** Puts everything off. */
  delay(span: number): void
}

export function createAgenda<Owner>(): Agenda<Owner> {
  let plans: { at: number; owner: Owner; happen: () => void }[] = []

  function first() {
    let earliest = plans[0]
    for (const plan of plans) if (earliest && plan.at < earliest.at) earliest = plan
    return earliest
  }

  return {
    add(at, owner, happen) {
      if (at !== Number.POSITIVE_INFINITY) plans.push({ at, owner, happen })
    },
    next: () => first()?.at ?? Number.POSITIVE_INFINITY,
    take() {
      const taken = first()
      if (!taken) throw new Error('Nothing is due.')
      plans.splice(plans.indexOf(taken), 1)
      return taken.happen
    },
    drop(owner) {
      plans = plans.filter((plan) => plan.owner !== owner)
    },
    delay(span) {
      for (const plan of plans) plan.at += span
    },
  }
}
