import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type FaultServer, startFaultServer } from '../../e2e/support/fault-server.ts';
import { createHttpClient, type HttpClient } from '../../e2e/support/http-client.ts';
import { answering, dropping, holding, rewriting } from '../../e2e/support/provider-faults.ts';
import { type RedisServer, startRedis } from '../../e2e/support/redis.ts';
import { callbackUrlOf } from '../../e2e/support/sign-in.ts';
import { startTokenApp, type TokenApp, tokenUser } from '../../e2e/support/token-app.ts';
import { LoginRefused } from '../gatehouse/index.ts';
import { EVERY_ERROR, type EveryErrorCode } from '../program/every-error.ts';

const JSON_ONLY = { accept: 'application/json' };

/** Provokes every entry of the catalogue over HTTP. */
describe('the error catalogue', () => {
  let redis: RedisServer;
  let api: FaultServer;
  let app: TokenApp;
  let cookieApp: TokenApp;
  /** What `onLogin` returns for Bob. */
  let ofBob: object | undefined;
  before(async () => {
    redis = await startRedis();
    api = await startFaultServer();
    app = await startTokenApp(
      { REDIS_URL: redis.url, API_SERVER_URL: api.url },
      {
        onLogin: ({ user }) => {
          if (user.sub === 'local|dave') throw new LoginRefused('Dave is on holiday.');
          return user.sub === 'local|bob' ? ofBob : undefined;
        },
      },
    );
    cookieApp = await startTokenApp({ AUTH0_AUDIENCE: '' });
  });
  after(async () => {
    await Promise.all([app.stop(), cookieApp.stop()]);
    await api.stop();
    await redis.stop();
  });

  const user = async () => (await tokenUser(app)).client;
  const get = async (path: string, headers: Record<string, string> = {}, client?: HttpClient) =>
    (client ?? (await user())).get(app.url + path, headers);

  /** A callback whose token request meets `fault`. */
  async function callback(fault: Parameters<typeof app.faults.on>[1]): Promise<Response> {
    const client = createHttpClient();
    const url = await callbackUrlOf(client, `${app.url}/profile`, 'alice');
    app.faults.on('/token', fault);
    return client.get(url);
  }

  /** Bob's callback; his session begins with `data`. */
  async function loginOfBob(data: object): Promise<Response> {
    const client = createHttpClient();
    ofBob = data;
    return client.get(await callbackUrlOf(client, `${app.url}/profile`, 'bob'));
  }

  /** A callback with an error in place of the code. */
  async function refusedLogin(error: string, description = ''): Promise<Response> {
    const client = createHttpClient();
    const url = new URL(await callbackUrlOf(client, `${app.url}/profile`, 'alice'));
    url.searchParams.delete('code');
    url.searchParams.set('error', error);
    url.searchParams.set('error_description', description);
    return client.get(url.href);
  }

  /** Asks for `/protected` while the API answers like this. */
  async function calling(status: number, body: string, challenge?: string, headers = {}): Promise<Response> {
    api.answer((_req, res) => res.writeHead(status, { ...(challenge && { 'www-authenticate': challenge }) }).end(body));
    return get('/protected', headers);
  }

  const STEP_UP = 'Bearer error="insufficient_user_authentication", max_age="60"';

  /** If an entry is missing here, the compiler says so. */
  const provoke: Record<EveryErrorCode, () => Promise<Response>> = {
    LOGIN_REQUIRED: () => get('/profile', JSON_ONLY, createHttpClient()),
    LOGIN_EXPIRED: () => get('/callback', {}, createHttpClient()),
    LOGIN_CANCELLED: () => refusedLogin('access_denied'),
    LOGIN_NOT_ALLOWED: () => refusedLogin('unauthorized_client'),
    LOGIN_DECLINED: () => refusedLogin('unauthorized', 'Not today'),
    SCOPE_REFUSED: () => refusedLogin('invalid_scope'),
    CALLBACK_URL_MISMATCH: () => refusedLogin('invalid_request', 'redirect_uri is not registered'),
    WRONG_CLIENT_SECRET: () => callback(answering(401, { error: 'invalid_client' })),
    CLOCK_SKEW: () => callback(rewriting(async (body) => ({ ...body, id_token: aged(String(body['id_token'])) }))),
    ID_TOKEN_ENCRYPTED: () => callback(rewriting((body) => ({ ...body, id_token: 'a.b.c.d.e' }))),
    PROVIDER_MISCONFIGURED: async () => {
      const other = await startTokenApp();
      other.faults.on(
        '/.well-known/openid-configuration',
        rewriting((body) => ({ ...body, issuer: 'https://b.example' })),
      );
      const response = await createHttpClient().get(`${other.url}/login`);
      await other.stop();
      return response;
    },
    SIGNING_ALG_MISMATCH: () =>
      callback(rewriting((body) => ({ ...body, id_token: unsigned(String(body['id_token'])) }))),
    ID_TOKEN_INVALID: () =>
      callback(rewriting((body) => ({ ...body, id_token: `${String(body['id_token']).slice(0, -8)}AAAAAAAA` }))),
    LOGIN_REFUSED: async () => {
      const client = createHttpClient();
      return client.get(await callbackUrlOf(client, `${app.url}/profile`, 'dave'));
    },
    SESSION_TOO_LARGE: async () => {
      const client = createHttpClient();
      const url = await callbackUrlOf(client, `${cookieApp.url}/profile`, 'alice');
      cookieApp.faults.on(
        '/token',
        rewriting((body) => ({ ...body, access_token: 'x'.repeat(20_000) })),
      );
      return client.get(url);
    },
    SESSION_DATA_TOO_LARGE: () => loginOfBob({ filler: 'x'.repeat(70_000) }),
    SESSION_DATA_NOT_JSON: () => loginOfBob({ greet: () => 'hello' }),
    CLAIMS_TOO_DEEP: async () => {
      const other = await startTokenApp({}, {}, { profileInIdToken: false });
      const deep: unknown = JSON.parse('['.repeat(40) + ']'.repeat(40));
      other.faults.on('/me', answering(200, { sub: 'local|alice', name: 'Alice', deep }));
      const client = createHttpClient();
      const response = await client.get(await callbackUrlOf(client, `${other.url}/profile`, 'alice'));
      await other.stop();
      return response;
    },
    SIGNED_OUT: async () => {
      const [one, other] = [await user(), await user()];
      await other.postForm(`${app.url}/sessions/revoke-others`, {});
      return get('/profile', {}, one);
    },
    PROVIDER_UNAVAILABLE: () => callback(dropping),
    PROVIDER_TIMEOUT: async () => {
      app.faults.on('/token', undefined);
      const client = await user();
      app.faults.on('/token', holding(new Promise(() => {})));
      return client.postForm(`${app.url}/api-call/refresh`, {});
    },
    RATE_LIMITED: () => callback(answering(429, {})),
    PROVIDER_UNREADABLE: () => callback(answering(200, '<h1>Hello</h1>')),
    TOKENS_REFUSED: async () => {
      const client = await user();
      api.answer((_req, res) => res.writeHead(401).end());
      app.faults.reset();
      app.faults.on('/token', (req, res, next) => {
        if (app.faults.count('/token') % 2 === 0) next();
        else answering(400, { error: 'invalid_grant' })(req, res, next);
      });
      return client.follow(await client.get(`${app.url}/protected`));
    },
    AUDIENCE_NOT_SET: async () => {
      const { client } = await tokenUser(cookieApp);
      return client.get(`${cookieApp.url}/api-call`);
    },
    AUDIENCE_NOT_GRANTED: () => get('/test/page?audience=https://unknown.gatehouse.test'),
    PERMISSION_MISSING: () => calling(403, '{}'),
    STEP_UP_REQUIRED: () => calling(401, '{}', STEP_UP, JSON_ONLY),
    STEP_UP_FAILED: async () => {
      const client = await user();
      api.answer((_req, res) => res.writeHead(401, { 'www-authenticate': STEP_UP }).end('{}'));
      return client.follow(await client.get(`${app.url}/protected`));
    },
    API_UNAVAILABLE: async () => {
      api.answer((req) => req.socket.destroy());
      return get('/protected');
    },
    API_TIMEOUT: async () => {
      api.answer(() => {});
      return get('/protected');
    },
    API_UNREADABLE: () => calling(200, '<h1>Hello</h1>'),
    TOO_MANY_REQUESTS: async () => {
      const limited = await startTokenApp({ RATE_LIMIT_PER_MINUTE: '1', TRUST_PROXY: '1' });
      const ask = () => createHttpClient().get(`${limited.url}/login`, { 'x-forwarded-for': '203.0.113.1' });
      await ask();
      const response = await ask();
      await limited.stop();
      return response;
    },
    REFRESHED_TOO_OFTEN: async () => {
      const client = await user();
      app.faults.on('/token', dropping);
      const ask = () => client.postForm(`${app.url}/api-call/refresh`, {}, { 'sec-fetch-site': 'same-origin' });
      for (let times = 0; times < 10; times += 1) await ask();
      return ask();
    },
    SESSION_UNREADABLE: async () => {
      // Another process of this app has a secret that this one lacks.
      const other = await startTokenApp({
        REDIS_URL: redis.url,
        AUTH0_SECRET: 'the-next-secret-in-a-rollout-'.repeat(2),
      });
      const { client } = await tokenUser(other);
      const response = await get(
        '/profile',
        { cookie: await client.jar.getCookieString(other.url) },
        createHttpClient(),
      );
      await other.stop();
      return response;
    },
    SESSION_STORE_UNAVAILABLE: async () => {
      const client = await user();
      redis.pause();
      const response = await get('/profile', {}, client);
      redis.resume();
      return response;
    },
    CROSS_SITE_REQUEST: async () =>
      (await user()).postForm(`${app.url}/api-call/refresh`, {}, { 'sec-fetch-site': 'cross-site' }),
    NOT_MEANT: () => get('/login', { 'sec-purpose': 'prefetch' }, createHttpClient()),
    NOT_FOUND: () => get('/nowhere', {}, createHttpClient()),
    BAD_REQUEST: async () => (await user()).postForm(`${app.url}/sessions/%E0%A4%A/revoke`, {}),
    INTERNAL_ERROR: async () => {
      // Fakes a bug of ours.
      const { accessTokens } = app.inside;
      const healthy = accessTokens.get.bind(accessTokens);
      accessTokens.get = () => Promise.reject(new Error('eyJsecret.of.nobody'));
      try {
        return await get('/protected');
      } finally {
        accessTokens.get = healthy;
      }
    },
  };

  // This one comes last, because the app needs time to find Redis again.
  const last: EveryErrorCode = 'SESSION_STORE_UNAVAILABLE';
  const codes = (Object.keys(provoke) as EveryErrorCode[]).sort((a, b) => Number(a === last) - Number(b === last));
  for (const code of codes) {
    const { status, title } = EVERY_ERROR[code];
    it(`${code}: ${status}, ${title}`, async () => {
      app.faults.reset();
      cookieApp.faults.reset();
      const response = await provoke[code]();
      const body = await response.text();
      assert.equal(response.status, status, body);
      assert.ok(body.includes(code), body);
      assert.equal(response.headers.get('cache-control'), 'no-store');
      const id = response.headers.get('x-request-id') ?? 'none';
      assert.ok(body.includes(id));
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      assert.equal(body.includes('For whoever runs this app'), !isJson);
      assert.doesNotMatch(body, /eyJ|at .*\.[jt]s:\d/);
      assert.equal(response.headers.has('retry-after'), EVERY_ERROR[code].retryAfterSeconds !== undefined);
    });
  }
});

/** An ID token that expired long ago. Its signature no longer fits, but the app checks the times first. */
function aged(idToken: string): string {
  const [header, payload = '', signature] = idToken.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const old = Buffer.from(JSON.stringify({ ...claims, exp: 1_000_000_000 })).toString('base64url');
  return [header, old, signature].join('.');
}

function unsigned(idToken: string): string {
  const [, payload] = idToken.split('.');
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
}
