import type { Answers } from './answers.ts';
import type { Contestant } from './contestants.ts';
import { CookieJar } from 'tough-cookie';

/** Logins that run at the same time. */
const PARALLEL = 4;

export interface LoginOptions {
  /** `Cookie` header of a browser that the provider knows already: only redirects follow, and no form. */
  readonly providerCookie: string;
  readonly userName: string;
  readonly windowMs: number;
  readonly answers: Answers;
}

/**
 * Signs in again and again, each time in a browser without a session here, and returns the CPU time of the
 * contestant's process for one login: `/login` and the callback. It checks the sessions only afterwards.
 */
export async function measureLogins(contestant: Contestant, options: LoginOptions): Promise<number> {
  const { userName, windowMs, answers } = options;
  const sessions: string[] = [];
  const before = await contestant.usage();
  const until = performance.now() + windowMs;
  const signInUntilThen = async () => {
    while (performance.now() < until) sessions.push(await login(contestant.url, options.providerCookie));
  };
  await Promise.all(Array.from({ length: PARALLEL }, signInUntilThen));
  const after = await contestant.usage();

  for (const cookie of sessions) {
    const headers = { accept: 'application/json', cookie };
    const response = await fetch(`${contestant.url}/profile`, { headers });
    const body = await response.text();
    answers.add(response.ok && body.includes(userName), () => `no login at ${contestant.name}: ${body}`);
  }
  return (after.cpuMicroseconds - before.cpuMicroseconds) / sessions.length;
}

/** Signs in once and returns the `Cookie` header of the session. */
async function login(url: string, providerCookie: string): Promise<string> {
  const jar = new CookieJar();
  let location = await redirect(`${url}/login`, jar);
  for (let hops = 0; !/[?&]code=/.test(location); hops += 1) {
    if (hops > 5) throw new Error(`the provider does not come back, but goes to ${location}`);
    location = await redirect(location, undefined, providerCookie);
  }
  await redirect(location, jar);
  return jar.getCookieString(url);
}

/** Returns the address to which a page redirects. */
async function redirect(url: string, jar: CookieJar | undefined, cookie?: string): Promise<string> {
  const own = cookie ?? (await jar?.getCookieString(url)) ?? '';
  const headers = { accept: 'text/html', ...(own && { cookie: own }) };
  const response = await fetch(url, { headers, redirect: 'manual' });
  for (const line of response.headers.getSetCookie()) await jar?.setCookie(line, url, { ignoreError: true });
  // Reading to the end lets the connection be used again.
  const body = await response.text();
  const location = response.headers.get('location');
  if (!location) throw new Error(`no redirect, but ${response.status} at ${url}: ${body.slice(0, 300)}`);
  return new URL(location, url).href;
}
