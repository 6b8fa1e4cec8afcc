import type { SessionLifetime } from '../config/door-config.ts';

/** Epoch seconds. */
interface Times {
  readonly createdAt: number;
  readonly touchedAt: number;
  /** What the provider says about it: no session of the app outlives that of the provider (`session_expiry`). */
  readonly content?: { readonly session_expires_at?: number };
}

const MAX_TOUCH_INTERVAL_SECONDS = 60;

/** When a session ends unless it is touched, epoch seconds: the sooner of idle and absolute lifetime. */
export function endsAt(times: Times, lifetime: SessionLifetime): number {
  return Math.min(times.touchedAt + lifetime.rollingSeconds, endsAtLatest(times, lifetime));
}

/** When a session ends however often it is touched, epoch seconds. */
export function endsAtLatest({ createdAt, content }: Omit<Times, 'touchedAt'>, lifetime: SessionLifetime): number {
  const { session_expires_at: ceiling = Number.POSITIVE_INFINITY } = content ?? {};
  return Math.min(createdAt + lifetime.absoluteSeconds, ceiling);
}

/** Whether to extend it: once a minute at most, or once in a quarter of the idle lifetime, where that is shorter. */
export function isTouchDue({ touchedAt }: Times, { rollingSeconds }: SessionLifetime, nowSeconds: number): boolean {
  return nowSeconds - touchedAt >= Math.min(MAX_TOUCH_INTERVAL_SECONDS, rollingSeconds / 4);
}
