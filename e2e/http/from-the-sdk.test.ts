import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import express from 'express';
import { requireToken } from '../../src/gatehouse/index.ts';
import { listen, type Running } from '../../src/program/listen.ts';
import { readProviderConfig } from '../../src/program/provider-config.ts';
import { createProviderApp } from '../../src/provider/create-provider.ts';
import { type ForeignFolder, installPackage } from '../support/foreign-folder.ts';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import type { Program } from '../support/program.ts';
import { startRedis } from '../support/redis.ts';
import { callbackUrlOf, leadsOnTo, signIn } from '../support/sign-in.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * One app twice: before.ts as it was written for express-openid-connect, and after.ts as docs/existing-app.md makes it of
 * that. The same steps are taken with both.
 */
const FOLDER = 'e2e/foreign/express-5-from-the-sdk';

/** Short: a step waits for the end of one. */
const TOKEN_LIVES_SECONDS = 2;

let url: string;
let providerUrl: string;
let oldEnv: Record<string, string>;
let newEnv: Record<string, string>;
let host: ForeignFolder;
let servers: Running[] = [];
let compileErrors = '';
/** Signed in while the app was the old one. */
let whoStays: HttpClient;

before(async () => {
  const sources = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]);
  const shown = { 'eight-lines.ts': codeOfGuide('ts') };
  host = await installPackage({ ...(Object.fromEntries(sources) as Record<string, string>), ...shown });
  // Checks the types, and makes before.js and after.js.
  await host.run('node_modules/typescript/bin/tsc', '-p', '.').catch((error: Error) => {
    compileErrors = error.message;
  });

  const [port = 0, providerPort = 0, apiPort = 0] = await freePorts(3);
  url = `http://localhost:${port}`;
  providerUrl = `http://localhost:${providerPort}`;
  const [id, clientSecret] = ['from-the-sdk', 'client-secret-of-the-tests-and-of-nobody-else'];
  const [secret, audience] = ['session-secret-of-the-tests-and-of-nobody-else', 'https://api.gatehouse.test'];
  const theirs = { PORT: String(port), MESSAGES_API: `http://localhost:${apiPort}/messages` };
  oldEnv = {
    ...theirs,
    ISSUER_BASE_URL: providerUrl,
    BASE_URL: url,
    CLIENT_ID: id,
    CLIENT_SECRET: clientSecret,
    SECRET: secret,
    AUDIENCE: audience,
  };
  newEnv = {
    ...theirs,
    ISSUER_BASE_URL: providerUrl,
    AUTH0_REDIRECT_URI: `${url}/callback`,
    AUTH0_CLIENT_ID: id,
    AUTH0_CLIENT_SECRET: clientSecret,
    AUTH0_SECRET: secret,
    AUTH0_AUDIENCE: audience,
  };

  const config = readProviderConfig({ ...newEnv, PROVIDER_PORT: String(providerPort) });
  const provider = await createProviderApp(config, { accessTokenTtlSeconds: TOKEN_LIVES_SECONDS });
  const api = express().get('/messages', requireToken({ env: newEnv }), (req, res) => {
    res.json({ for: req.auth?.sub, token: req.auth?.claims['jti'] });
  });
  const server = { variable: '-', host: undefined, shutdownTimeoutSeconds: 1 };
  servers = [
    await listen(provider, { ...server, name: 'provider', port: providerPort }),
    await listen(api, { ...server, name: 'API', port: apiPort }),
  ];
});
after(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  host.remove();
});

describe('an app that comes from express-openid-connect', () => {
  it('passes a strict compiler before and after, with the types of every package checked', () => {
    assert.equal(compileErrors, '');
  });

  it('may be CommonJS', async () => {
    assert.equal(await host.run('host.cjs'), 'ConfigError LoginRefused gatehouse requireToken\n');
  });

  it('is changed by exactly what the documentation shows', async () => {
    assert.equal(codeOfGuide('diff'), await diff('before.ts', 'after.ts'));
  });

  it('is eight lines at first', () => {
    assert.equal(codeOfGuide('ts').trimEnd().split('\n').length, 8);
  });
});

/** The first block of code in this language that the guide shows. */
function codeOfGuide(language: string): string {
  const blocks = readFileSync('docs/existing-app.md', 'utf8').split('```');
  const block = blocks.find((text) => text.startsWith(`${language}\n`));
  assert.ok(block, `no ${language} in the guide`);
  return block.slice(language.length + 1);
}

/** Without the line of hashes, whose length is a matter of the repository. */
async function diff(...files: readonly [string, string]): Promise<string> {
  const settings = ['diff.noprefix', 'diff.mnemonicPrefix'].flatMap((name) => ['-c', `${name}=false`]);
  const options = ['--no-index', '--no-color', '--no-ext-diff', '--diff-algorithm=myers', '--unified=3'];
  const output = await new Promise<string>((resolve, reject) => {
    execFile('git', [...settings, 'diff', ...options, ...files], { cwd: FOLDER }, (error, stdout, stderr) => {
      // 1: they differ.
      if (error && error.code !== 1) reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
  });
  return output.replace(/^index .*\n/m, '');
}

const JSON_ONLY = { accept: 'application/json' };
/** `fetch` of a page's script. */
const BY_SCRIPT = { accept: '*/*', 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' };
const BY_EVENT_SOURCE = { accept: 'text/event-stream', 'sec-fetch-dest': 'empty' };
const FROM_ELSEWHERE = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' };

interface Step {
  readonly does: string;
  readonly take: () => Promise<unknown>;
  readonly sees: unknown;
  /** What is seen afterwards, where that is another thing; it has to have a reason. */
  readonly afterwards?: { readonly sees: unknown; readonly because: string };
}

const ALICE = { sub: 'local|alice', name: 'Alice Adams', email: 'alice@example.com' };

const STEPS: readonly Step[] = [
  {
    does: 'greets a stranger',
    take: async () => seen(await createHttpClient().get(url)),
    sees: [200, 'Hello, stranger!'],
  },
  {
    does: 'leads a deep link with a query through the sign-in and back to it',
    take: async () => {
      const page = await signIn(createHttpClient(), `${url}/profile?tab=1&b=%26`);
      return [page.url.replace(url, ''), ...(await seen(page))];
    },
    sees: ['/profile?tab=1&b=%26', 200, { ...ALICE, theme: 'light' }],
  },
  {
    does: 'signs in at an address of its own, and greets by name',
    take: async () => {
      const page = await signIn(createHttpClient(), `${url}/sign-in`);
      return [new URL(page.url).pathname, ...(await seen(page))];
    },
    sees: ['/', 200, 'Hello, Alice Adams!'],
  },
  {
    does: 'tells a JSON client that nobody is signed in',
    take: async () => seen(await createHttpClient().get(`${url}/profile`, JSON_ONLY)),
    sees: [401, 'Authentication is required for this route.'],
    afterwards: {
      sees: [401, { error: 'LOGIN_REQUIRED', login_url: '/sign-in?returnTo=%2Fprofile' }],
      because: 'the JSON of the door has a code, and says where the login is',
    },
  },
  {
    does: 'meets a script of a page where nobody is signed in',
    take: async () => seen(await createHttpClient().get(`${url}/profile`, BY_SCRIPT)),
    sees: [302, 'to the provider'],
    afterwards: {
      sees: [401, { error: 'LOGIN_REQUIRED', login_url: '/sign-in?returnTo=%2Fprofile' }],
      because: 'a script cannot follow a redirect to the provider: CORS stops it',
    },
  },
  {
    does: 'lets whoever has the claim pass',
    take: async () => seen(await (await signedIn('carol')).get(`${url}/angebote`)),
    sees: [200, 'Angebote'],
  },
  {
    does: 'leads a deep link to a page for those with the claim through the sign-in',
    take: async () => seen(await signIn(createHttpClient(), `${url}/angebote`, 'carol')),
    sees: [200, 'Angebote'],
  },
  {
    does: 'keeps whoever lacks the claim from a page',
    take: async () => {
      const page = await (await signedIn('alice')).get(`${url}/angebote`);
      return page.status === 302 ? seen(page) : [page.status, ...(await told(page, 'a German account', ALICE.email))];
    },
    sees: [302, 'to the provider'],
    afterwards: {
      sees: [403, 'a German account', ALICE.email],
      because: 'another sign-in gives no other claims: the provider sends the browser back at once, without end',
    },
  },
  {
    does: 'tells a JSON client that it lacks the claim',
    take: async () => seen(await (await signedIn('alice')).get(`${url}/angebote`, JSON_ONLY)),
    sees: [401, 'Authentication is required for this route.'],
    afterwards: { sees: [403, { error: 'PERMISSION_MISSING' }], because: 'who it is, is known: 403 and not 401' },
  },
  {
    does: 'calls an API with an access token',
    take: async () => {
      const [status, { for: whom }] = await messages(await signedIn('alice'));
      return [status, whom];
    },
    sees: [200, ALICE.sub],
  },
  {
    does: 'calls the API with another token when the first has ended, and fails at no time',
    take: async () => {
      const alice = await signedIn('alice');
      const answers = [await messages(alice)];
      await waitFor('another token', async () => {
        answers.push(await messages(alice));
        return answers.at(-1)?.[1].token !== answers[0]?.[1].token;
      });
      return [...new Set(answers.map(([status, { for: whom }]) => `${status} ${whom}`))];
    },
    sees: [`200 ${ALICE.sub}`],
  },
  {
    does: 'refuses an account as it signs in, in words of its own, and signs nobody in',
    take: async () => {
      const bob = createHttpClient();
      const page = await bob.get(await callbackUrlOf(bob, `${url}/profile`, 'bob'));
      const words = await told(page, 'Please confirm your e-mail address first.');
      return [page.status, ...words, ...(await seen(await bob.get(url)))];
    },
    sees: [403, 'Please confirm your e-mail address first.', 200, 'Hello, stranger!'],
  },
  {
    does: 'keeps what a form of its own sends, with the session',
    take: async () => {
      const alice = await signedIn('alice');
      const answer = await alice.postForm(`${url}/profile/theme`, { theme: 'dark' });
      const page = await alice.follow(answer);
      return [answer.status, page.url.replace(url, ''), ...(await seen(page))];
    },
    sees: [303, '/profile', 200, { ...ALICE, theme: 'dark' }],
  },
  {
    does: 'meets a form that another site sends',
    take: async () => {
      const alice = await signedIn('alice');
      const { status } = await alice.postForm(`${url}/profile/theme`, { theme: 'dark' }, FROM_ELSEWHERE);
      const { theme } = (await (await alice.get(`${url}/profile`)).json()) as { theme: string };
      return [status, theme];
    },
    sees: [303, 'dark'],
    afterwards: { sees: [403, 'light'], because: 'the guards take changes from pages of this app only' },
  },
  {
    does: 'leads a form that comes after the end of the session through the sign-in',
    take: async () => {
      const alice = createHttpClient();
      const answer = await alice.postForm(`${url}/profile/theme`, { theme: 'dark' }, { referer: `${url}/profile?a=1` });
      const start = answer.headers.get('location') ?? (await leadsOnTo(answer)).href;
      const page = await alice.follow(await alice.get(await callbackUrlOf(alice, start, 'alice')));
      return [page.url.replace(url, ''), page.status];
    },
    sees: ['/', 200],
    afterwards: {
      sees: ['/profile?a=1', 200],
      because: 'the page with the form is the one to come back to, as the browser names it',
    },
  },
  {
    does: 'streams events',
    take: async () => events(await signedIn('alice'), 2),
    sees: [200, 'text/event-stream; charset=utf-8', 'data: Tick for Alice Adams', 'data: Tick for Alice Adams'],
  },
  {
    does: 'goes on with a stream whose user signs out meanwhile',
    take: async () => {
      const alice = await signedIn('alice');
      const streamed = await events(alice, 3, () => alice.get(`${url}/sign-out`));
      return [streamed.at(-1), ...(await seen(await alice.get(url)))];
    },
    sees: ['data: Tick for Alice Adams', 200, 'Hello, stranger!'],
  },
  {
    does: 'tells an EventSource that nobody is signed in',
    take: async () => (await createHttpClient().get(`${url}/events`, BY_EVENT_SOURCE)).status,
    sees: 401,
  },
  {
    does: 'lets a browser and its proxies keep a page that is for one user',
    take: async () => (await (await signedIn('alice')).get(`${url}/profile`)).headers.get('cache-control'),
    sees: null,
    afterwards: { sees: 'no-store', because: 'the back button after a sign-out shows nothing' },
  },
  {
    does: 'meets two tabs that sign in at the same time',
    take: async () => {
      const alice = createHttpClient();
      const callbacks = [await callbackUrlOf(alice, `${url}/profile?tab=1`, 'alice')];
      callbacks.push(await callbackUrlOf(alice, `${url}/profile?tab=2`, 'alice'));
      const ends = [];
      for (const callback of callbacks) {
        const page = await alice.follow(await alice.get(callback));
        ends.push([page.status, new URL(page.url).search.replace(/code=.*/, '…')]);
      }
      return ends;
    },
    sees: [
      [400, '?…'],
      [400, '?…'],
    ],
    afterwards: {
      sees: [
        [200, '?tab=1'],
        [200, '?tab=2'],
      ],
      because: 'every login has a cookie of its own',
    },
  },
  {
    does: 'signs out here and at the provider, and comes back',
    take: async () => {
      const alice = await signedIn('alice');
      const leaving = await alice.get(`${url}/sign-out`);
      const back = await alice.follow(await signOutAtProvider(alice, await alice.follow(leaving)));
      const here = [new URL(back.url).pathname, ...(await seen(back))];
      const again = await alice.follow(await alice.get(`${url}/profile`), /[?&]code=/);
      return [...(await seen(leaving)), ...here, ...(await told(again, 'type="password"'))];
    },
    sees: [302, 'to the provider', '/', 200, 'Hello, stranger!', 'type="password"'],
  },
  {
    does: 'meets a link of another site that signs out',
    take: async () => {
      const alice = await signedIn('alice');
      const { status } = await alice.get(`${url}/sign-out`, FROM_ELSEWHERE);
      return [status, ...(await seen(await alice.get(url)))];
    },
    sees: [302, 200, 'Hello, stranger!'],
    afterwards: { sees: [200, 200, 'Hello, Alice Adams!'], because: 'a page asks first' },
  },
];

describe('before.ts, on express-openid-connect,', () => {
  useApp('before.js', () => oldEnv);
  for (const { does, take, sees } of STEPS) it(does, async () => assert.deepEqual(await take(), sees));

  it('signs somebody in who stays', async () => {
    whoStays = await signedIn('alice');
    assert.deepEqual(await seen(await whoStays.get(url)), [200, 'Hello, Alice Adams!']);
  });
});

for (const kind of ['in cookies', 'in Redis'] as const) {
  describe(`after.ts, on Gatehouse with sessions ${kind},`, () => {
    useApp('after.js', () => newEnv, kind);

    if (kind === 'in cookies') {
      it('asks whoever was signed in before for one more sign-in, without a password where the provider knows them', async () => {
        assert.deepEqual(await seen(await whoStays.get(url)), [200, 'Hello, stranger!']);
        const page = await whoStays.follow(await whoStays.get(`${url}/profile`));
        assert.deepEqual(await seen(page), [200, { ...ALICE, theme: 'light' }]);
      });
    }

    for (const { does, take, sees, afterwards } of STEPS) {
      const name = afterwards ? `${does}: otherwise now, because ${afterwards.because}` : does;
      it(name, async () => assert.deepEqual(await take(), afterwards ? afterwards.sees : sees));
    }
  });
}

/** Runs it for the tests of a `describe`. That it ends in order is a part of what is expected. */
function useApp(script: string, env: () => Record<string, string>, kind: 'in cookies' | 'in Redis' = 'in cookies') {
  let app: Program | undefined;
  let stopRedis = async () => {};
  before(async () => {
    const redis = kind === 'in Redis' ? await startRedis() : undefined;
    if (redis) stopRedis = () => redis.stop();
    app = await host.start(script, { ...env(), ...(redis && { REDIS_URL: redis.url }) });
  });
  after(async () => {
    const code = await app?.stop();
    await stopRedis();
    assert.deepEqual([code, app?.output()], [0, `ready on ${new URL(url).port}\n`]);
  });
}

async function signedIn(username: string): Promise<HttpClient> {
  const client = createHttpClient();
  assert.equal((await signIn(client, `${url}/sign-in`, username)).status, 200);
  return client;
}

/** The status, and where it leads, the JSON without its request id, or the text. */
async function seen(response: Response): Promise<[number, unknown]> {
  const location = response.headers.get('location');
  if (location) return [response.status, new URL(location, url).origin === providerUrl ? 'to the provider' : location];
  const text = await response.text();
  if (!/json/.test(response.headers.get('content-type') ?? '')) return [response.status, text];
  const { request_id: _, message: __, ...body } = JSON.parse(text) as Record<string, unknown>;
  return [response.status, body];
}

/** Those of `words` that stand on a page. */
async function told(page: Response, ...words: readonly string[]): Promise<string[]> {
  const text = await page.text();
  return words.filter((word) => text.includes(word));
}

async function messages(client: HttpClient): Promise<[number, { for: string; token: string }]> {
  const answer = await client.get(`${url}/messages`, JSON_ONLY);
  return [answer.status, (await answer.json()) as { for: string; token: string }];
}

/** The first `count` events of the stream, which is left then. `meanwhile` is when the first has come. */
async function events(client: HttpClient, count: number, meanwhile?: () => Promise<unknown>) {
  const leave = new AbortController();
  const headers = { ...BY_EVENT_SOURCE };
  const response = await client.send(`${url}/events`, { headers, signal: leave.signal });
  let text = '';
  assert.ok(response.body);
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    if (text === '') await meanwhile?.();
    text += chunk;
    if (text.split('\n\n').length > count) break;
  }
  leave.abort();
  return [response.status, response.headers.get('content-type'), ...text.split('\n\n').slice(0, count)];
}

/** What the provider's page does by itself. */
async function signOutAtProvider(client: HttpClient, page: Response): Promise<Response> {
  const html = await page.text();
  const [, action = ''] = /action="([^"]+)"/.exec(html) ?? [];
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(html) ?? [];
  assert.ok(action && xsrf && html.includes('data-submit-now'), html);
  return client.postForm(new URL(action, page.url).href, { xsrf, logout: 'yes' });
}
