import type { Logger } from './logger.ts';

/** What a log line or an event is about; each field only if known. No tokens, cookies or e-mail addresses. */
export interface LogFields {
  /** The host's, as in `Failure`. */
  readonly request_id?: string | undefined;
  /** From the request's `traceparent` (W3C Trace Context section 3.2.2.3). */
  readonly trace_id?: string | undefined;
  /** The same for everything one session does; it reveals neither the session's cookie nor its key in Redis. */
  readonly session?: string | undefined;
  /** The user's `sub`; hashed where that is an e-mail address. */
  readonly sub?: string | undefined;
}

/** What matters for security: logged, and told to `observe`. See docs/operations.md. `count`: how many sessions. */
export type SecurityEvent = LogFields &
  (
    | { readonly event: 'session.created' }
    | { readonly event: 'session.ended'; readonly by: 'user' | 'login' | 'refresh' }
    | {
        readonly event: 'session.revoked';
        readonly by: 'user' | 'backchannel' | 'operator' | 'limit';
        readonly count: number;
      }
    | { readonly event: 'login.failed' | 'logout_token.refused'; readonly reason: string }
    | { readonly event: 'callback.replayed' | 'logout_token.replayed' | 'token.revoked' }
    | { readonly event: 'id_token.foreign'; readonly claim: string }
    | { readonly event: 'request.limited'; readonly limit: 'address' | 'renewal' }
  );

/**
 * What is only counted. `seconds`: how long it took. `endpoint`: its name in the provider's discovery document
 * (`token_endpoint`, `jwks_uri`), or `discovery` for that itself. `outcome`: the status, `2xx` to `5xx`, or `failed`.
 */
export type Measurement =
  | { readonly event: 'login.begun' | 'renewal.joined' | 'session.conflict' | 'store.away' | 'store.back' }
  | { readonly event: 'renewal.waited'; readonly seconds: number }
  | { readonly event: 'renewal.done'; readonly outcome: string }
  | { readonly event: 'store.answered'; readonly outcome: 'ok' | 'failed'; readonly seconds: number }
  | {
      readonly event: 'provider.answered';
      readonly endpoint: string;
      readonly outcome: string;
      readonly seconds: number;
    };

/** What the door reports while it runs. Kinds and fields may be added. */
export type DoorEvent = SecurityEvent | Measurement;

export type Observe = (event: DoorEvent) => void;

/** How each is logged. */
export const SECURITY_EVENTS: Readonly<Record<SecurityEvent['event'], readonly ['info' | 'warn' | 'error', string]>> = {
  'session.created': ['info', 'signed in'],
  'session.ended': ['info', 'a session ended'],
  'session.revoked': ['info', 'sessions ended from elsewhere'],
  'login.failed': ['warn', 'a login failed'],
  'token.revoked': ['info', 'a refresh token was given back'],
  'callback.replayed': ['info', 'a callback came again'],
  'logout_token.refused': ['warn', 'logout token refused'],
  'logout_token.replayed': ['warn', 'a logout token came again'],
  'id_token.foreign': ['error', 'a refresh brought an ID token of another'],
  'request.limited': ['warn', 'too many requests'],
};

/** For parts that nobody observes. */
export const unobserved: Observe = () => {};

/** Logs what matters for security, and tells `told` everything; what that throws is logged and does no harm. */
export function createObserver(log: Logger, told: Observe = unobserved): Observe {
  return (event) => {
    const [level, words] =
      (SECURITY_EVENTS as Record<string, (typeof SECURITY_EVENTS)['login.failed']>)[event.event] ?? [];
    if (level) log[level](event, words ?? '');
    try {
      told(event);
    } catch (error) {
      log.error({ reason: (error as Error).message }, 'an observer failed');
    }
  };
}
