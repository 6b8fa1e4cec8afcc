import type { SessionLifetime } from '../config/door-config.ts';
import type { KeptSession } from './session-content.ts';

const MAX_TOUCH_INTERVAL_SECONDS = 60;

/** When a session ends unless it is touched, epoch seconds: the sooner of idle and absolute lifetime. */
export function endsAt(session: KeptSession, lifetime: SessionLifetime): number {
  return Math.min(session.touchedAt + lifetime.rollingSeconds, endsAtLatest(session, lifetime));
}

/** When a session ends however often it is touched, epoch seconds: not after that of the provider (`session_expiry`). */
export function endsAtLatest({ createdAt, content }: KeptSession, lifetime: SessionLifetime): number {
  const { session_expires_at: ceiling = Number.POSITIVE_INFINITY } = content;
  return Math.min(createdAt + lifetime.absoluteSeconds, ceiling);
}

/** Whether to extend it: once a minute at most, or once in a quarter of the idle lifetime, where that is shorter. */
export function isTouchDue({ touchedAt }: KeptSession, lifetime: SessionLifetime, nowSeconds: number): boolean {
  return nowSeconds - touchedAt >= Math.min(MAX_TOUCH_INTERVAL_SECONDS, lifetime.rollingSeconds / 4);
}
