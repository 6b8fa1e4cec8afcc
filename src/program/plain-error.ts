/** An error that a person can fix: its message is one sentence that says how, and a stack would not help. */
export class PlainError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PlainError';
  }
}
