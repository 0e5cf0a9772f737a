import { type Candidate, isApp } from './kinds.js'
import { describeValue } from './value.js'

/** Throws if a function that was served returned an app instead of answering: then it is a factory without its call. */
export function refuseFactory(result: unknown, { subject, specifier }: Candidate): void {
  if (!isApp(result)) return
  const advice = specifier === undefined ? 'Make the app once.' : `Run it as '${specifier}()'.`
  throw new Error(
    `${subject} returned ${describeValue(result)} instead of answering: it is a factory. ${advice}`,
  )
}
