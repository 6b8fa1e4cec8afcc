/**
 * Keeps the web app under a steady load for as long as you like, to see whether memory and latency stay level and
 * nothing fails: pages as HTML and JSON, API calls whose access tokens expire meanwhile, sign-ins and sign-outs.
 * Exit code 1 if an answer was wrong.
 *
 * `npm run soak -- --minutes 60 --rate 300` (requests a second; by default half of what the app can do)
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import type { HttpClient } from '../e2e/support/http-client.ts';
import { signedInAs } from '../e2e/support/sign-in.ts';
import { startStack } from '../e2e/support/stack.ts';
import { waitFor } from '../e2e/support/wait-for.ts';
import { progress } from './progress.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, rate: { type: 'string' } } });
const minutes = Number(values.minutes);
const USERS = ['alice', 'bob', 'carol'];
const PATHS = ['/profile', '/profile', '/profile', '/', '/api-call'];
const CONNECTIONS = 32;

interface Minute {
  readonly minute: number;
  readonly rssMegabytes: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly wrong: number;
}

/** Somebody who is signed in. */
interface Visitor {
  readonly cookie: string;
  /** What tells their pages from those of others. */
  readonly names: readonly string[];
}

const wrong: string[] = [];

// The local provider's access tokens live for ten minutes, so they expire within the run and are renewed.
const stack = await startStack({ redis: true });
await stack.web.stop();
// This process discards its log: an hour of it would fill our memory.
const web = spawn(process.execPath, ['dist/web.js'], {
  env: { PATH: process.env['PATH'], ...stack.env, NODE_ENV: 'production', RATE_LIMIT_PER_MINUTE: '0' },
  stdio: ['ignore', 'ignore', 'inherit'],
});
const ended = once(web, 'exit');
try {
  await waitFor('the web app', async () => (await fetch(`${stack.webUrl}/ready`)).ok);
  const visitors = await Promise.all(USERS.map(visitor));
  const rate = values.rate === undefined ? (await load(visitors, 10)).perSecond / 2 : Number(values.rate);
  progress(`${Math.round(rate)} requests a second for ${minutes} minutes`);
  const seen: Minute[] = [];
  for (let minute = 1; minute <= minutes; minute += 1) {
    const [{ perSecond, p50Ms, p99Ms }] = await Promise.all([load(visitors, 60, rate), comeAndGo()]);
    const rssMegabytes = Math.round(rssKilobytes(web.pid) / 1024);
    seen.push({ minute, rssMegabytes, perSecond, p50Ms, p99Ms, wrong: wrong.length });
    progress(JSON.stringify(seen.at(-1)));
    writeFileSync('bench/soak.json', `${JSON.stringify({ rate: Math.round(rate), minutes: seen }, null, 2)}\n`);
  }
} finally {
  web.kill();
  await ended;
  await stack.stop();
}
if (wrong.length > 0) {
  process.stderr.write(`${wrong.length} answers were wrong. The first: ${wrong[0] ?? ''}\n`);
  process.exitCode = 1;
}

async function visitor(username: string): Promise<Visitor> {
  const client = await signedInAs({ url: stack.webUrl }, username);
  const profile = await client.get(`${stack.webUrl}/profile`, { accept: 'application/json' });
  const { user } = (await profile.json()) as { user: Record<'name' | 'sub', string> };
  return { cookie: await client.jar.getCookieString(stack.webUrl), names: [user.name, user.sub] };
}

/** Requests the pages of all visitors in turn, for so many seconds; every answer has to be of the one who asks. */
async function load(visitors: readonly Visitor[], seconds: number, rate?: number) {
  const requests = visitors.flatMap(({ cookie, names }) =>
    PATHS.flatMap((path) =>
      ['text/html', 'application/json'].map((accept) => ({ path, names, headers: { accept, cookie } })),
    ),
  );
  const result = await autocannon({
    url: stack.webUrl,
    connections: CONNECTIONS,
    duration: seconds,
    requests: requests.map(({ names, ...request }) => ({
      ...request,
      onResponse: (status: number, body: string) => {
        const isTheirs = names.some((name) => body.includes(name));
        const others = visitors.flatMap((other) => (other.names === names ? [] : other.names));
        const isOthers = others.some((name) => body.includes(name));
        if (status !== 200 || !isTheirs || isOthers) wrong.push(`${request.path}: ${status} ${body.slice(0, 200)}`);
      },
    })),
    ...(rate !== undefined && { overallRate: rate }),
  });
  if (result.errors > 0) wrong.push(`${result.errors} requests without an answer`);
  return { perSecond: result.requests.average, p50Ms: result.latency.p50, p99Ms: result.latency.p99 };
}

/** Every two seconds for most of a minute, signs somebody in, looks at the profile, and signs out. */
async function comeAndGo(): Promise<void> {
  const until = Date.now() + 55_000;
  const next = async (): Promise<void> => {
    if (Date.now() > until) return;
    const began = Date.now();
    const client = await signedInAs({ url: stack.webUrl }, 'bob');
    await expect(client, '/profile', 200);
    const leaving = await client.get(`${stack.webUrl}/logout`);
    if (leaving.status !== 302) wrong.push(`/logout: ${leaving.status}`);
    await expect(client, '/profile', 401);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 2000 - (Date.now() - began))));
    return next();
  };
  await next();
}

async function expect(client: HttpClient, path: string, status: number): Promise<void> {
  const answer = await client.get(stack.webUrl + path, { accept: 'application/json' });
  await answer.text();
  if (answer.status !== status) wrong.push(`${path}: ${answer.status} in the place of ${status}`);
}

function rssKilobytes(pid = 0): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
}
