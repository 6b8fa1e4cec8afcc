import type { Answers } from './answers.ts';
import type { Contestant } from './contestants.ts';
import type { RedisConnection } from './stage.ts';
import type { View } from './views.ts';

/** What one view costs in Redis, and whether it changes anything. */
export interface RedisCost {
  /** How often one view runs each command; commands within scripts count, too. */
  readonly commands: Readonly<Record<string, number>>;
  readonly writes: number;
  /** What Redis received and sent. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly setCookies: number;
}

const VIEWS = 200;
/** `info` is our own question, and `ping` keeps an idle connection awake, twice a minute: no view sends either. */
const NOT_OF_A_VIEW = new Set(['info', 'ping']);

/** Requests a page many times in a row and reads from Redis what that cost. Nobody else may use Redis meanwhile. */
export async function measureRedisCost(
  redis: RedisConnection,
  contestant: Contestant,
  view: View,
  answers: Answers,
): Promise<RedisCost> {
  let setCookies = 0;
  // Asking costs bytes, too: two questions with nothing in between say how many.
  const asked = await readStats(redis);
  const before = await readStats(redis);
  for (let n = 0; n < VIEWS; n += 1) {
    const response = await fetch(contestant.url + view.path, { headers: view.headers(contestant.name) });
    const body = await response.text();
    setCookies += response.headers.getSetCookie().length;
    answers.add(response.ok && view.isRight(body), () => `${contestant.name} answered: ${body.slice(0, 300)}`);
  }
  const after = await readStats(redis);
  const commands = perView(before.calls, after.calls);
  const own = (kind: 'bytesIn' | 'bytesOut') =>
    Math.round((after[kind] - before[kind] - (before[kind] - asked[kind])) / VIEWS);
  return {
    commands,
    writes: await countWrites(redis, commands),
    bytesIn: own('bytesIn'),
    bytesOut: own('bytesOut'),
    setCookies: setCookies / VIEWS,
  };
}

async function readStats(redis: RedisConnection) {
  const info = await redis.info('all');
  const number = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1]);
  const calls = new Map<string, number>();
  for (const [, name = '', count] of info.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) calls.set(name, Number(count));
  return {
    calls,
    bytesIn: number('total_net_input_bytes'),
    bytesOut: number('total_net_output_bytes'),
  };
}

function perView(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>) {
  const commands: Record<string, number> = {};
  for (const [name, calls] of after) {
    const count = calls - (before.get(name) ?? 0);
    if (count > 0 && !NOT_OF_A_VIEW.has(name)) commands[name] = count / VIEWS;
  }
  return commands;
}

async function countWrites(redis: RedisConnection, commands: Readonly<Record<string, number>>): Promise<number> {
  let writes = 0;
  for (const [name, count] of Object.entries(commands)) {
    const [about] = await redis.commandInfo([name]);
    if (new Set<string>(about?.flags).has('write')) writes += count;
  }
  return writes;
}
