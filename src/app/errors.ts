import type { TellingError } from '#gatehouse';

/** What failures of this app mean; the library has its own catalogue. docs/errors.md is made from both. */
export const APP_CATALOGUE = {
  AUDIENCE_NOT_SET: {
    status: 501,
    title: 'No API is configured',
    message:
      'This page calls an API with an access token. Whoever runs this app can set AUTH0_AUDIENCE to the identifier of that API, restart the app and sign in again.',
    causes: ['`AUTH0_AUDIENCE` is not set.'],
    remedy: 'Set it to the identifier of your API: docs/api.md.',
  },
  API_UNAVAILABLE: {
    status: 503,
    title: 'The API does not answer',
    message:
      'The service behind this page cannot be reached right now. You are still signed in: try again in a moment.',
    causes: ['The API is down, or `API_SERVER_URL` points elsewhere.'],
    remedy: '`npm run doctor` says whether it can be reached from here.',
    retryAfterSeconds: 5,
  },
  API_TIMEOUT: {
    status: 504,
    title: 'The API does not answer',
    message: 'The service behind this page takes too long to answer. You are still signed in: try again in a moment.',
    causes: ['The API took more than three seconds.'],
    remedy: 'Look at the API; the limit is in `src/app/downstream-api.ts`.',
    retryAfterSeconds: 5,
  },
  API_UNREADABLE: {
    status: 502,
    title: 'The API gave a strange answer',
    message:
      'The service behind this page sent no usable answer. Usually API_SERVER_URL points to something that is not the API, or a proxy in between answers in its place.',
    causes: ['`API_SERVER_URL` is wrong, or a proxy answers with HTML or a redirect.'],
    remedy: 'Open `API_SERVER_URL` with curl from this machine.',
  },
} as const;

export type AppErrorCode = keyof typeof APP_CATALOGUE;

export const HOME = { label: 'Go to the home page', href: '/' } as const;

/** A failure of this app, as the door tells it. */
export class AppError extends Error implements TellingError {
  readonly code: AppErrorCode;
  readonly status: number;
  readonly title: string;
  readonly operator: { readonly causes: readonly string[]; readonly remedy: string };
  readonly retryAfterSeconds?: number;
  readonly action?: { readonly label: string; readonly href: string };

  constructor(code: AppErrorCode, { cause, action }: { cause?: unknown; action?: AppError['action'] } = {}) {
    const entry = APP_CATALOGUE[code];
    super(entry.message, { cause });
    this.name = new.target.name;
    this.code = code;
    this.status = entry.status;
    this.title = entry.title;
    this.operator = { causes: entry.causes, remedy: entry.remedy };
    if ('retryAfterSeconds' in entry) this.retryAfterSeconds = entry.retryAfterSeconds;
    if (action) this.action = action;
  }
}

/** Thrown where the API refuses a request; the door reads its challenge, and does what that demands. */
export class RefusedByApiError extends Error implements TellingError {
  readonly challenge: string;
  readonly permission?: string;

  /** @param permission what the page knows is needed, where the challenge does not say */
  constructor(challenge: string, permission?: string) {
    super('the API refused the request');
    this.name = new.target.name;
    this.challenge = challenge;
    if (permission !== undefined) this.permission = permission;
  }
}
