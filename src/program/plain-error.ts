/** What a person can mend: the message is one sentence that says how, and no stack helps. */
export class PlainError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PlainError';
  }
}
