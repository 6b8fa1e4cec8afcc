import type { WebConfig } from '../config/web-config.ts';
import { touchIntervalSeconds } from './redis-session-store.ts';
import type { WebSession } from './web-session.ts';

/** When a session ends, in seconds from now: browsers' clocks are not ours. */
export interface SessionEnd {
  /** How long this visit lets it live, at least: a touch is not written for every one. */
  readonly idleSeconds: number;
  /** However often it is visited. */
  readonly latestInSeconds: number;
}

export function sessionEnd(
  { began, asked }: WebSession,
  { session }: Pick<WebConfig, 'session'>,
  nowSeconds: number,
): SessionEnd {
  return {
    idleSeconds: session.rollingSeconds - touchIntervalSeconds(session),
    latestInSeconds: (began ?? asked?.at ?? nowSeconds) + session.absoluteSeconds - nowSeconds,
  };
}
