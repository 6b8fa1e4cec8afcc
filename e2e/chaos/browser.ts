import { setTimeout as delay } from 'node:timers/promises';
import { DEMO_PASSWORD, DEMO_USERS } from '../../src/provider/demo-users.ts';
import { createHttpClient } from '../support/http-client.ts';
import { signInForm } from '../support/sign-in.ts';
import type { Faults } from './faults.ts';
import type { Restartable } from './programs.ts';
import type { Report } from './report.ts';

interface Answer {
  readonly status: number;
  readonly response: Response;
  readonly user: { readonly sub?: string; readonly sid?: string } | undefined;
  /** `unavailable`: the app could not find out whether somebody is signed in. */
  readonly session: string | undefined;
  readonly hasMetFaults: boolean;
  /** Describes all of this in words. */
  readonly label: string;
}

/** No answer to judge: a fault that we made excuses it, or it is a breach that has been reported. */
type NoAnswer = 'excused' | 'told';

const SESSION_COOKIE = /^gatehouse_\w{8}$/;

/** One browser of a demo user; with more browsers than demo users, every user has several at once. */
export function createBrowser(
  id: number,
  { webs, faults, report }: { webs: readonly Restartable[]; faults: Faults; report: Report },
  next: () => number,
) {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  let client = createHttpClient();
  let username = DEMO_USERS[id % DEMO_USERS.length]?.username ?? '';
  /** `leaving`: has asked to sign out and waits for the outcome; `missing`: signed in, but the app says otherwise. */
  let state: 'out' | 'in' | 'leaving' | 'missing' = 'out';
  let cookie = '';
  let sid: string | undefined;
  const endedCookies: string[] = [];

  /** Asks a process, and judges every answer whose status is not among those `allowed`. */
  async function ask(web: Restartable, path: string, allowed: number[], old = ''): Promise<Answer | NoAnswer> {
    const from = performance.now();
    const init = { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(15_000) };
    const withOld = { ...init, headers: { ...init.headers, cookie: old } };
    const describe = (what: unknown) => {
      const met = faults.met(web, from, performance.now());
      const blame = met.map(({ kind }) => kind).join(', ') || 'none';
      const route = path.split('?', 1)[0];
      const label = `${web.name} ${route}: ${String(what)}; ${username} in browser ${id} (${state}), faults: ${blame}`;
      return { met, label };
    };
    try {
      const response = await (old ? fetch(web.url + path, withOld) : client.send(web.url + path, init));
      const isRedirect = response.headers.has('location');
      const text = await response.text().catch((error) => (isRedirect ? '' : Promise.reject(error as Error)));
      const { status, headers } = response;
      const { met, label } = describe(status);
      report.answer(status, performance.now() - from);
      const body = (text.startsWith('{') ? JSON.parse(text) : {}) as Partial<Answer> & { error?: string };
      if (allowed.includes(status)) {
        const { user, session } = body;
        return { status, response, user, session, hasMetFaults: met.length > 0, label };
      }
      const cookies = headers.getSetCookie().map((line) => line.split('=', 1)[0] ?? '');
      // A login that the fault struck in the middle has used up its code and its transaction.
      const isHalfLogin = path.startsWith('/callback') && met.some((fault) => fault.from >= from);
      const isAsPromised =
        body.error === 'SESSION_STORE_UNAVAILABLE' &&
        Number(headers.get('retry-after')) > 0 &&
        cookies.every((name) => (SESSION_COOKIE.test(name) ? state === 'out' : isHalfLogin));
      if (status === 503 && isAsPromised && met.length > 0) {
        const isRedis = met.some(({ kind }) => kind.startsWith('redis'));
        report.count(isRedis ? 'while Redis was away' : 'of a process just started');
        return 'excused';
      }
      report.breach('unexpected', `${label}; sets ${cookies.join(', ') || 'no cookie'}; ${text.slice(0, 200)}`);
    } catch (error) {
      const { message, cause } = error as Error;
      const { met, label } = describe(`${message}, ${String(cause)}`);
      if (met.some(({ kind }) => kind.startsWith('web'))) {
        report.count('from a process that was ended');
        return 'excused';
      }
      report.breach('unexpected', label);
    }
    return 'told';
  }

  /** A fault on the way loses no session: the user goes on with the callback, or begins again. */
  async function logIn(): Promise<void> {
    const begun = await ask(pick(webs), '/login', [302]);
    if (typeof begun === 'string') return;
    let page = await client.follow(begun.response, /[?&]code=/);
    if (!page.headers.has('location')) {
      const signedIn = await client.postForm(await signInForm(page), { username, password: DEMO_PASSWORD });
      page = await client.follow(signedIn, /[?&]code=/);
    }
    const { pathname, search } = new URL(page.headers.get('location') ?? '');
    for (let isAgain = false, mayBeSpent = false; ; isAgain = true) {
      // Picks any process, as a load balancer would, whatever port the redirect URI has.
      const web = pick(webs);
      const from = performance.now();
      const done = await ask(web, pathname + search, mayBeSpent ? [302, 400] : [302]);
      if (done === 'told') return;
      if (done !== 'excused') {
        if (done.status === 400) return report.count('begun again after a fault');
        report.count('finished');
        if (isAgain) report.count('with the callback sent again');
        return established(done);
      }
      // An outage does not use up the code: the same address works later, unless the fault struck in the middle.
      mayBeSpent ||= faults.met(web, from, performance.now()).some((fault) => fault.from >= from);
      await delay(200);
    }
  }

  async function established({ label }: Answer): Promise<void> {
    const cookies = await client.jar.getCookies(webs[0]?.url ?? '');
    cookie = cookies.find(({ key }) => SESSION_COOKIE.test(key))?.cookieString() ?? '';
    if (!cookie || endedCookies.includes(cookie)) report.breach('unexpected', `no new session: ${label}`);
    sid = undefined;
    state = 'in';
  }

  /** The user shown must be the user of this very session. */
  function checkUser({ user, label }: Answer): void {
    sid ??= user?.sid;
    if (user?.sub === `local|${username}` && user.sid === sid) return;
    report.breach('wrong', `${user?.sub} (${user?.sid}) instead of ${username} (${sid}): ${label}`);
  }

  function miss({ label }: Answer): void {
    state = 'missing';
    report.note(`a session is missing: ${label}`);
  }

  async function view(web = pick(webs)): Promise<void> {
    const stateBefore = state;
    const answer = await ask(web, '/profile', [200, 401]);
    if (typeof answer === 'string') return;
    if (answer.status === 401) return stateBefore === 'in' ? miss(answer) : undefined;
    if (stateBefore === 'out') report.breach('resurrected', answer.label);
    else checkUser(answer);
  }

  /** The public page works during every outage, and says if it cannot tell who its user is. */
  async function visitHome(): Promise<void> {
    const answer = await ask(pick(webs), '/', [200]);
    if (typeof answer === 'string') return;
    if (answer.user) checkUser(answer);
    else if (answer.session !== 'unavailable') miss(answer);
    else if (!answer.hasMetFaults) report.breach('unexpected', `session unavailable: ${answer.label}`);
  }

  async function logOut(): Promise<void> {
    state = 'leaving';
    // Sometimes the same browser asks for a page meanwhile: that must not bring the session back.
    const [answer] = await Promise.all([ask(pick(webs), '/logout', [302]), next() < 0.5 && view()]);
    if (typeof answer === 'string') return report.count('asked for again after a fault');
    report.count('done');
    state = 'out';
    endedCookies.push(cookie);
    await tryOld(cookie);
    // Next comes another person in another browser, or the same one again, whom the provider still knows.
    if (next() < 0.5) return;
    client = createHttpClient();
    username = pick(DEMO_USERS).username;
  }

  async function tryOld(old: string): Promise<void> {
    const answer = await ask(pick(webs), '/profile', [200, 401], old);
    if (typeof answer !== 'string' && answer.status === 200) report.breach('resurrected', answer.label);
  }

  async function step(): Promise<void> {
    const chance = next();
    if (state === 'leaving') return logOut();
    if (state === 'out') return chance < 0.2 ? view() : logIn();
    if (state === 'missing') return;
    if (chance < 0.04) return logOut();
    if (chance < 0.15) return visitHome();
    await Promise.all(chance < 0.3 ? [view(), view()] : [view()]);
  }

  return {
    run: async (untilMs: number): Promise<void> => {
      while (performance.now() < untilMs) {
        await step().catch((error: Error) => report.breach('unexpected', `browser ${id}: ${error.stack}`));
        await delay(100 + 300 * next());
      }
    },

    /** Once all has recovered: whoever was signed in still is, on every process; whoever signed out is not. */
    verify: async (): Promise<void> => {
      if (state === 'leaving') await logOut();
      const wasMissing = state === 'missing';
      if (wasMissing) state = 'in';
      const isSignedIn = state === 'in';
      for (const web of webs) await view(web);
      if (isSignedIn) report.count('sessions signed in');
      if (isSignedIn && state !== 'in') report.breach('lost', `${username} in browser ${id}`);
      else if (wasMissing) report.breach('unexpected', `away for a time: ${username} in browser ${id}`);
      for (const old of endedCookies) {
        report.count('old cookies tried');
        await tryOld(old);
      }
    },
  };
}
