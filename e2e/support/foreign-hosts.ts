import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ForeignStack, postJson, startExpress4, startForeignStack } from './foreign-stack.ts';
import type { HttpClient } from './http-client.ts';
import { startSdkHost } from './sdk-host.ts';
import { visitTo } from './sdk-visit.ts';
import { waitFor } from './wait-for.ts';

/** How to use one of the foreign host apps, which can all do the same. Paths are of pages. */
export interface ForeignHost {
  readonly name: string;
  start(): Promise<ForeignStack>;
  /** A page where whoever is signed in sees their name. */
  readonly account: string;
  /** A page that refuses Alice: she lacks what the text names. */
  readonly refused: readonly [path: string, missing: RegExp];
  readonly events: string;
  readonly logout: string;
  /** What the app tells Bob, who may not come in. */
  readonly refusal: RegExp;
  /** More paths that need a session. */
  readonly behindTheDoor: readonly string[];
  /** Paths that need no session, and what they say while nobody can tell who is there. `/` is among them. */
  readonly public: Readonly<Record<string, RegExp>>;
  /** Makes the next event come, if events do not come by themselves. */
  stir(client: HttpClient, url: string): Promise<unknown>;
  /** Gets the access token renewed, and returns the old one and the new one. */
  renew(client: HttpClient, url: string): Promise<readonly string[]>;
  save(client: HttpClient, url: string, field: string, value: string): Promise<Response>;
  /** Returns what is saved, and maybe more. */
  saved(client: HttpClient, url: string): Promise<Readonly<Record<string, unknown>>>;
  /** Who has signed in: `sub,name`, in order. */
  logins(stack: ForeignStack): Promise<readonly string[]>;
  /** Signs a user out everywhere. */
  endSessions(stack: ForeignStack, sub: string): Promise<unknown>;
}

async function jsonAt<T>(client: HttpClient, url: string): Promise<T> {
  return (await (await client.get(url, { accept: 'application/json' })).json()) as T;
}

const EXPRESS_4: ForeignHost = {
  name: 'Express 4 and CommonJS',
  start: startExpress4,
  account: '/account',
  refused: ['/staff', /alice@.*staff/s],
  events: '/live/events',
  logout: '/logout',
  refusal: /Bob has moved out\./,
  behindTheDoor: ['/sub/page', '/login'],
  public: { '/': /<h1>nobody</, '/by-hand': /^by hand for unknown$/, '/visits': /^\{"visits":\d+\}$/ },
  stir: (client, url) => postJson(client, `${url}/live/news`, { text: 'news' }),
  renew: async (client, url) => {
    const tokenAt = async (path: string) => (await jsonAt<{ token: string }>(client, url + path)).token;
    return [await tokenAt('/token'), await tokenAt('/token?renew')];
  },
  save: (client, url, field, value) => postJson(client, `${url}/data`, { [field]: value }),
  saved: (client, url) => jsonAt(client, `${url}/data`),
  logins: async ({ url }) => {
    const rows = (await (await fetch(`${url}/logins`)).json()) as { sub: string; name: string }[];
    return rows.map(({ sub, name }) => `${sub},${name}`);
  },
  endSessions: async ({ url }, sub) => {
    const headers = { 'content-type': 'application/json' };
    await fetch(`${url}/end`, { method: 'POST', headers, body: JSON.stringify({ sub }) });
  },
};

const EXPRESS_5: ForeignHost = {
  name: 'Express 5 that comes from express-openid-connect',
  start: async () => {
    const sdk = await startSdkHost();
    const stack = await startForeignStack(sdk.host, { script: 'after.js', page: '/profile', env: sdk.envAfter });
    return { ...stack, stop: () => stack.stop().then(() => sdk.stop()) };
  },
  account: '/profile',
  refused: ['/angebote', /alice@.*a German account|a German account.*alice@/s],
  events: '/events',
  logout: '/sign-out',
  refusal: /Please confirm your e-mail address first\./,
  behindTheDoor: ['/messages', '/sign-in'],
  public: { '/': /^Hello, stranger!$/ },
  stir: async () => {},
  renew: async (client, url) => {
    const { messages } = visitTo({ url, providerUrl: '' });
    const tokenNow = async () => (await messages(client))[1].token;
    const tokens = [await tokenNow()];
    // The token lives only for a short time.
    await waitFor('another token', async () => {
      tokens[1] = await tokenNow();
      return tokens[0] !== tokens[1];
    });
    return tokens;
  },
  save: (client, url, setting, value) => client.postForm(`${url}/profile/settings`, { setting, value }),
  saved: (client, url) => jsonAt(client, `${url}/profile`),
  logins: async ({ host }) => readFileSync(join(host.path, 'logins.csv'), 'utf8').trimEnd().split('\n'),
  // The app has no route for that, but whoever runs it has the command.
  endSessions: async ({ host, env }, sub) => {
    const { code, output } = await host.command(['sessions', 'end', '--sub', sub], env);
    assert.equal(code, 0, output);
  },
};

export const FOREIGN_HOSTS = [EXPRESS_4, EXPRESS_5];
