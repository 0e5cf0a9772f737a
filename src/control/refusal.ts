/** A request that is refused: the status of the answer, and a sentence for the operator. */
export class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
