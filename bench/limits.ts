import type { Results } from './results.ts';

/** One promise about the app, and what this run says about it. */
export interface Limit {
  readonly what: string;
  readonly value: number;
  readonly atMost: number;
  readonly holds: boolean;
}

/** Lists the promises, and whether the medians keep them. */
export function checkLimits({ views, login, redisPerView }: Results): Limit[] {
  const redis = redisPerView.ours;
  const commands = Object.values(redis.commands).reduce((sum, count) => sum + count, 0);
  const limits: readonly [what: string, value: number, atMost: number][] = [
    ['JSON /profile × bare', views.json.ours.ratio.median, 1.9],
    ['HTML /profile × bare', views.html.ours.ratio.median, 3],
    ['anonymous / × bare', views.anonymous.ours.ratio.median, 2.5],
    ['JSON /profile × the SDK', views.json.ours.microseconds.median / views.json.sdk.microseconds.median, 1],
    ['a login × the SDK', login.ours.ratio.median, 1.15],
    ['Redis commands a view', commands, 1],
    ['Redis writes a view', redis.writes, 0],
    ['Set-Cookie a view', redis.setCookies, 0],
  ];
  return limits.map(([what, value, atMost]) => ({ what, value, atMost, holds: value <= atMost }));
}
