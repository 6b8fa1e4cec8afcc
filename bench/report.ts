import type { Comparison } from './compare.ts';
import { checkLimits } from './limits.ts';
import { CONTESTANTS, type Results } from './results.ts';
import { table, whole } from './table.ts';

const VIEW_NAMES = { json: 'JSON /profile', html: 'HTML /profile', anonymous: 'anonymous /' } as const;

/** Formats the whole result for a terminal. */
export function report(results: Results): string {
  const { plan, machine, answers } = results;
  return [
    '',
    `CPU time of the server's process; ${plan.cycles} cycles of ${plan.windowMs / 1000} s, ${plan.connections} connections; ${machine}`,
    `1.00 = Express 5 + one Redis GET (with EJS for HTML), no login at all. A login: 1.00 = the SDK's.`,
    '',
    cpuTable(results),
    '',
    latencyTable(results),
    '',
    resourceTable(results),
    '',
    limitTable(results),
    '',
    `${whole(answers.checked)} answers checked, ${answers.wrong} wrong`,
    '',
  ].join('\n');
}

function cpuTable({ views, login }: Results): string {
  const row = (what: string, name: string, { ratio, microseconds }: Comparison) => [
    what,
    name,
    ratio.median.toFixed(2),
    `${ratio.lowerQuartile.toFixed(2)} to ${ratio.upperQuartile.toFixed(2)}`,
    whole(microseconds.median),
    whole(1e6 / microseconds.median),
  ];
  return table([
    ['what', 'who', 'ratio', 'quartiles', 'µs', 'a second on one core'],
    ...Object.entries(VIEW_NAMES).flatMap(([kind, title]) =>
      CONTESTANTS.map((name) => row(title, name, views[kind as keyof typeof VIEW_NAMES][name])),
    ),
    row('a login', 'ours', login.ours),
    row('a login', 'sdk', login.sdk),
  ]);
}

function latencyTable({ latency }: Results): string {
  return table([
    ['JSON /profile, connections', 'who', 'p50 ms', 'p99 ms', 'a second'],
    ...latency.map(({ connections, contestant, p50Ms, p99Ms, perSecond }) => [
      String(connections),
      contestant,
      p50Ms.toFixed(2),
      p99Ms.toFixed(2),
      whole(perSecond),
    ]),
  ]);
}

function resourceTable({ redisPerView, session, rssBytes }: Results): string {
  return table([
    ['Redis a view', 'bytes in', 'bytes out', 'writes', 'Set-Cookie', 'bytes a session', 'memory MB', 'commands'],
    ...CONTESTANTS.map((name) => {
      const { commands, bytesIn, bytesOut, writes, setCookies } = redisPerView[name];
      return [
        name,
        whole(bytesIn),
        whole(bytesOut),
        writes.toFixed(2),
        setCookies.toFixed(2),
        whole(session[name].bytes),
        whole(rssBytes[name] / 1e6),
        Object.entries(commands)
          .map(([command, count]) => `${count.toFixed(2)} ${command}`)
          .join(', ') || 'none',
      ];
    }),
  ]);
}

function limitTable(results: Results): string {
  return table([
    ['ours', 'is', 'at most', ''],
    ...checkLimits(results).map(({ what, value, atMost, holds }) => [
      what,
      value.toFixed(2),
      atMost.toFixed(2),
      holds ? '✔' : '✖',
    ]),
  ]);
}
