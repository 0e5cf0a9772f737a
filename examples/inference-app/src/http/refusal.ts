/** Thrown when a request cannot be served as it is; the message is the sentence the client gets. */
export class Refusal extends Error {
  /** HTTP status, 4xx, or 503 and 504 past the stated limits. */
  readonly status: number
  /** Further headers of the answer. */
  readonly headers: Record<string, string>

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}
