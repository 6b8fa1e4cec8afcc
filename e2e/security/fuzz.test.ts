import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { callbackUrlOf, signedInAs } from '../support/sign-in.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { createRandom, type Random } from './random.ts';

const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 2000);
const SEED = Number(process.env['FUZZ_SEED'] ?? randomInt(1_000_000));
const JSON_ONLY = { accept: 'application/json' };
/** The 5xx statuses that the contract allows while all parts are well. */
const DECLARED = new Set([501, 502, 503]);

const WEB = [
  ...['/', '/login', '/signup', '/callback', '/profile', '/api-call', '/api-call/refresh', '/protected', '/admin'],
  ...['/sessions', '/sessions/x/revoke', '/backchannel-logout', '/health', '/ready', '/styles.css', '/nothing'],
];
const API = [
  ...['/api/public', '/api/private', '/api/private-scoped', '/api/dpop-protected', '/api/admin', '/health'],
  ...['/api/protected-data', '/api/messages/public', '/api/messages/protected', '/api/messages/admin', '/nothing'],
];
const METHODS = [
  'GET',
  'GET',
  'GET',
  'GET',
  'POST',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'QUERY',
];
/** Headers of every answer that an app makes (CONTRACT part 3 and 4). */
const HEADERS = ['content-security-policy', 'x-content-type-options', 'referrer-policy'];

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** How much memory the web app uses, on Linux. */
function residentBytes({ web }: Stack): number {
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${web.process.pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Sends one request exactly as it is written, on its own connection. */
function ask(port: number, request: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, 'localhost', () => socket.write(Buffer.from(request, 'latin1')));
    socket.setTimeout(15_000, () => socket.destroy(new Error('no answer within 15 s')));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A client that is still writing when it is refused may not hear why.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve({ status: 0, head: '', body: '' });
      else reject(error);
    });
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const head = end < 0 ? text : text.slice(0, end);
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body: text.slice(head.length) });
    });
  });
}

describe(`what nobody would send, seed ${SEED}`, () => {
  let stack: Stack;
  let alice: HttpClient;
  let victim: HttpClient;
  let secrets: string[];
  let cookie: string;
  let loginCookie: string;
  let token: string;
  before(async () => {
    stack = await startStack({ redis: true, env: { LOG_LEVEL: 'info' } });
    alice = await signedInAs({ url: stack.webUrl });
    victim = await signedInAs({ url: stack.webUrl }, 'bob');
    const begun = createHttpClient();
    await callbackUrlOf(begun, `${stack.webUrl}/login`, 'carol');
    const pairOf = async (client: HttpClient, name: RegExp) =>
      (await client.jar.getCookies(stack.webUrl)).find(({ key }) => name.test(key))?.cookieString() ?? '';
    cookie = await pairOf(alice, /^gatehouse_\w{8}$/);
    loginCookie = await pairOf(begun, /^gatehouse_\w{8}_login/);
    const { token: shown } = (await (await alice.get(`${stack.webUrl}/api-call`, JSON_ONLY)).json()) as {
      token: { preview: string };
    };
    token = shown.preview;
    secrets = [stack.env['AUTH0_SECRET'] ?? '', stack.env['AUTH0_CLIENT_SECRET'] ?? '', cookie.split('=')[1] ?? ''];
    assert.ok(secrets.every((secret) => secret.length > 20) && loginCookie !== '');
  });
  after(() => stack.stop());

  function path(random: Random, routes: readonly string[]): string {
    let target = random.pick(routes);
    if (random.chance(0.4)) target = random.mutate(target);
    if (random.chance(0.3))
      target = random.pick([`/${target}`, `${target}/`, target.toUpperCase(), `/.${target}`, `/a/..${target}`]);
    if (random.chance(0.4)) {
      const names = [
        'returnTo',
        'code',
        'state',
        'error',
        'error_description',
        'iss',
        'access_token',
        'page',
        'acr_values',
        'x',
      ];
      const value = random.pick([
        '//evil.example',
        '<script>alert(1)</script>',
        '%00',
        '%',
        '[]',
        '{}',
        random.junk(40),
        'a'.repeat(3000),
      ]);
      target += `?${random.pick(names)}${random.pick(['', '[]', '[a]'])}=${value}&${random.pick(names)}=1`;
    }
    // A space would end the target; what is not ASCII is sent as it is.
    return target.replace(/[\r\n ]/g, '+') || '/';
  }

  function request(random: Random, routes: readonly string[]): string {
    const method = random.chance(0.02) ? random.mutate('GET').replace(/\s/g, '') : random.pick(METHODS);
    const lines = [`${method} ${path(random, routes)} HTTP/1.1`, 'Connection: close'];
    lines.push(
      `Host: ${random.chance(0.9) ? 'localhost' : random.pick(['evil.example', '', 'a b', random.junk(10).replace(/[\r\n]/g, '')])}`,
    );
    const maybe = (share: number, name: string, values: readonly string[]) => {
      if (random.chance(share)) lines.push(`${name}: ${random.pick(values).replace(/[\r\n]/g, '')}`);
    };
    maybe(0.6, 'Accept', [
      'text/html',
      'application/json',
      '*/*',
      'text/html;q=0',
      random.junk(20),
      ',,,',
      'a/'.repeat(200),
    ]);
    maybe(0.3, 'Sec-Fetch-Site', ['same-origin', 'cross-site', 'same-site', 'none', random.junk(8)]);
    maybe(0.2, 'Sec-Fetch-Dest', ['document', 'empty', 'image', random.junk(8)]);
    maybe(0.2, 'Origin', [stack.webUrl, 'null', 'https://evil.example', random.junk(12)]);
    maybe(0.1, 'X-Requested-With', ['XMLHttpRequest', 'com.example.app']);
    maybe(0.2, 'X-Forwarded-For', ['1.2.3.4', random.junk(20)]);
    maybe(0.1, 'X-Forwarded-Host', ['evil.example', random.junk(20)]);
    maybe(0.1, 'Referer', ['https://evil.example//x', random.junk(20)]);
    maybe(0.1, 'Expect', ['100-continue', 'nonsense']);
    maybe(0.1, 'Range', ['bytes=0-1', 'bytes=9-1,,-']);
    maybe(0.5, 'Cookie', [
      cookie,
      random.mutate(cookie),
      `${cookie}; ${cookie}`,
      loginCookie,
      random.mutate(loginCookie),
      `\xa0${cookie}`,
      random.junk(60),
      'gatehouse=; gatehouse.0=1.x',
      'gatehouse.0=1.2.x',
      `a=${'b'.repeat(9000)}`,
    ]);
    maybe(0.3, 'Authorization', [
      `Bearer ${token}`,
      `bearer ${random.junk(30)}`,
      'DPoP x',
      'Bearer a.b.c',
      `Bearer ${random.mutate('eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.')}`,
    ]);
    maybe(0.2, 'DPoP', ['a.b.c', random.junk(30), 'eyJhbGciOiJub25lIn0.e30.']);
    let body = '';
    if (method === 'POST' || random.chance(0.1)) {
      const type = random.pick([
        'application/x-www-form-urlencoded',
        'application/json',
        'multipart/form-data',
        'text/plain',
        random.junk(12),
      ]);
      body = random.pick([
        '',
        'logout_token=a.b.c',
        'form_token=x',
        '{"a":',
        '%',
        'a[b][c][d]=1',
        `logout_token=${'x'.repeat(20_000)}`,
        random.junk(100),
      ]);
      lines.push(
        `Content-Type: ${type.replace(/[\r\n]/g, '')}`,
        `Content-Length: ${random.chance(0.95) ? body.length : random.pick(['-1', '1e3', '3', ''])}`,
      );
      maybe(0.05, 'Transfer-Encoding', ['chunked', 'gzip', 'chunked, identity']);
      maybe(0.05, 'Content-Encoding', ['gzip', 'nonsense']);
    }
    return `${lines.join('\r\n')}\r\n\r\n${body}`;
  }

  /** Says why the contract does not allow an answer. */
  function breachOf({ status, head, body }: Answer, sent: string): string | undefined {
    if (status === 0) return undefined; // the connection was cut: nonsense need not get an answer
    if (status >= 500 && !DECLARED.has(status)) return `a ${status}`;
    const known = head.toLowerCase();
    // Node.js itself sends `100 Continue`, before any app answers.
    const missing = status >= 200 && HEADERS.find((name) => !known.includes(`\r\n${name}: `));
    if (missing) return `${missing} is missing`;
    if (secrets.some((secret) => body.includes(secret) || (head.includes(secret) && !sent.includes(secret))))
      return 'a secret';
    if (/<script>alert|\r\n[^\r\n]*: [^\r\n]*[\0]/.test(`${head}\r\n${body}`)) return 'what was sent, unescaped';
    const [, location] = /\r\nlocation: ([^\r\n]*)/i.exec(head) ?? [];
    if (location !== undefined) {
      const { origin } = new URL(location, stack.webUrl);
      if (origin !== stack.webUrl && origin !== stack.providerUrl) return `a way to ${origin}`;
    }
    return undefined;
  }

  it(`gets an answer as the contract has it, ${REQUESTS} times, and harms nobody`, async () => {
    const random = createRandom(SEED);
    const ports = { web: Number(new URL(stack.webUrl).port), api: Number(new URL(stack.apiUrl).port) };
    // Taken after a few logins, so the limit below leaves room for warming up.
    const residentAtFirst = process.platform === 'linux' ? residentBytes(stack) : 0;
    const began = { pid: stack.web.process.pid };
    let sent = 0;
    const breaches: string[] = [];
    const work = async () => {
      while (sent < REQUESTS && breaches.length < 5) {
        sent += 1;
        const isWeb = random.chance(0.7);
        const text = request(random, isWeb ? WEB : API);
        const answer = await ask(isWeb ? ports.web : ports.api, text);
        const breach = breachOf(answer, text);
        if (breach)
          breaches.push(`${breach}, ${answer.status}, for ${JSON.stringify(text.slice(0, 600))}\n${answer.head}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    assert.deepEqual(breaches, [], `seed ${SEED}`);
    if (REQUESTS >= 10_000 && process.platform === 'linux') {
      const grown = residentBytes(stack) - residentAtFirst;
      assert.ok(grown < 150 * 1024 * 1024, `the web app has grown by ${grown} bytes`);
    }
    assert.equal(stack.web.process.exitCode, null);
    assert.deepEqual({ pid: stack.web.process.pid }, began);
    for (const client of [alice, victim]) {
      const { user } = (await (await client.get(`${stack.webUrl}/profile`, JSON_ONLY)).json()) as {
        user: { sub: string };
      };
      assert.equal(user.sub, client === alice ? 'local|alice' : 'local|bob');
    }
    // Neither a request nor an answer brought a token into the log.
    assert.doesNotMatch(stack.web.output(), new RegExp(secrets.map((secret) => secret.slice(0, 40)).join('|')));
    assert.throws(() => decodeJwt(token));
  });
});
