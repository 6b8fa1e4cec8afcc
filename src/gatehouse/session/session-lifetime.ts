import type { SessionLifetime } from '../config/door-config.ts';

interface Times {
  /** epoch seconds */
  readonly createdAt: number;
  /** epoch seconds */
  readonly touchedAt: number;
  /** What the provider says about it: no session of the app outlives that of the provider (`session_expiry`). */
  readonly content?: { readonly session_expires_at?: number };
}

const MAX_TOUCH_INTERVAL_SECONDS = 60;

/** How exactly the end of a session is kept: at most one touch a minute, and often enough for short idle lifetimes. */
function touchIntervalSeconds({ rollingSeconds }: SessionLifetime): number {
  return Math.min(MAX_TOUCH_INTERVAL_SECONDS, rollingSeconds / 4);
}

/** When a session ends unless it is touched, epoch seconds: the sooner of idle and absolute lifetime. */
export function endsAt(times: Times, lifetime: SessionLifetime): number {
  return Math.min(times.touchedAt + lifetime.rollingSeconds, endsAtLatest(times, lifetime));
}

/** When a session ends however often it is touched, epoch seconds. */
export function endsAtLatest({ createdAt, content }: Omit<Times, 'touchedAt'>, lifetime: SessionLifetime): number {
  const { session_expires_at: ceiling = Number.POSITIVE_INFINITY } = content ?? {};
  return Math.min(createdAt + lifetime.absoluteSeconds, ceiling);
}

export function isTouchDue({ touchedAt }: Times, lifetime: SessionLifetime, nowSeconds: number): boolean {
  return nowSeconds - touchedAt >= touchIntervalSeconds(lifetime);
}
