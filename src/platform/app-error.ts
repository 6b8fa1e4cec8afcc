/** A failure told to people: what happened, why it usually happens and what to do, without internals. */
export class AppError extends Error {
  /** Stable, for programs and for searching: `LOGIN_EXPIRED`. */
  readonly code: string;
  readonly status: number;
  /** What happened, in a few words: the page's heading. */
  readonly title: string;
  /** Where to go from here. */
  readonly action: { readonly label: string; readonly href: string } | undefined;
  /** Where waiting helps: for how long. */
  readonly retryAfterSeconds: number | undefined;

  constructor(failure: {
    code: string;
    status: number;
    title: string;
    /** Why it usually happens and what to do, as the person in front of the browser can understand it. */
    message: string;
    action?: { label: string; href: string } | undefined;
    retryAfterSeconds?: number;
    cause?: unknown;
  }) {
    super(failure.message, { cause: failure.cause });
    this.name = new.target.name;
    this.code = failure.code;
    this.status = failure.status;
    this.title = failure.title;
    this.action = failure.action;
    this.retryAfterSeconds = failure.retryAfterSeconds;
  }
}
