import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import express, { type Express } from 'express';
import { ConfigError, type Door, gatehouse } from '../../src/gatehouse/index.ts';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startServer } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { callbackUrlOf } from '../support/sign-in.ts';
import { AWAY_ENV, clientEnv } from '../support/client-env.ts';

const JSON_ONLY = { accept: 'application/json' };

/** A proxy that passes requests on without `/app`, as many are told to. */
function strippingProxy(port: number) {
  return createServer((req, res) => {
    const path = (req.url ?? '').replace(/^\/app/, '').replace(/^(\?|$)/, '/$1');
    const options = { port, path, method: req.method, headers: req.headers };
    req.pipe(
      request(options, (answer) => {
        res.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
        answer.pipe(res);
      }),
    );
  });
}

const pages = (door: Door) => {
  const router = express.Router();
  router.get('/account', door.signedIn, (req, res) => void res.json({ name: door.user(req)?.name }));
  router.get(
    '/staff',
    door.allow(() => false, 'staff'),
  );
  router.get('/', (req, res) => void res.json({ home: true, name: door.user(req)?.name }));
  return router;
};

/** The ways in which a host app can be below `/app`. */
const HOSTS: Record<string, (app: Express, door: Door) => void> = {
  'mounted there': (app, door) => void app.use('/app', door, pages(door), door.errors),
  'with all of its routes there': (app, door) => void app.use(door).use('/app', pages(door)).use(door.errors),
  'as a sub-app': (app, door) => void app.use('/app', express().use(door, pages(door), door.errors)),
  'behind a proxy that takes it off': (app, door) => void app.use(door, pages(door), door.errors),
};

for (const [how, build] of Object.entries(HOSTS)) {
  describe(`a host below a path: ${how}`, () => {
    let redis: RedisServer;
    let provider: Program;
    let door: Door;
    let url: string;
    let stop: () => void;
    before(async () => {
      const [port = 0, appPort = 0, providerPort = 0] = await freePorts(3);
      url = `http://localhost:${port}/app`;
      redis = await startRedis();
      const env = {
        ...clientEnv(port, providerPort),
        AUTH0_REDIRECT_URI: `${url}/callback`,
        REDIS_URL: redis.url,
      };
      provider = await startServer('provider', env);
      door = gatehouse({ env, basePath: '/app' });
      const app = express();
      build(app, door);
      const isStripped = how.includes('proxy');
      const servers = [
        app.listen(isStripped ? appPort : port),
        ...(isStripped ? [strippingProxy(appPort).listen(port)] : []),
      ];
      stop = () => servers.forEach((server) => server.close().closeAllConnections());
    });
    after(async () => {
      stop();
      await door.stop();
      await provider.stop();
      await redis.stop();
    });

    async function signedIn(): Promise<HttpClient> {
      const client = createHttpClient();
      const callback = await callbackUrlOf(client, `${url}/account?a=1`, 'alice');
      assert.equal((await client.get(callback)).headers.get('location'), '/app/account?a=1');
      return client;
    }

    it('signs in there, with cookies of nobody beside it, and out again', async () => {
      const client = await signedIn();
      assert.deepEqual(await (await client.get(`${url}/account`, JSON_ONLY)).json(), { name: 'Alice Adams' });
      const ours = (await client.jar.getCookies(url)).filter(({ key }) => key.startsWith('gatehouse_'));
      assert.deepEqual(
        ours.map(({ path }) => path),
        ['/app'],
      );

      const leaving = await client.get(`${url}/logout`);
      const provided = new URL(leaving.headers.get('location') ?? '');
      assert.equal(provided.searchParams.get('post_logout_redirect_uri'), url);
      const home = await client.get(`${url}?state=signed-out`);
      assert.equal(home.headers.get('location'), '/app/');
      assert.deepEqual(await (await client.get(`${url}/`)).json(), { home: true });
    });

    it('has every link, form and JSON below it', async () => {
      const client = await signedIn();
      const other = await signedIn();
      const missing = await createHttpClient().get(`${url}/account?a=1`, JSON_ONLY);
      assert.equal(
        ((await missing.json()) as { login_url: string }).login_url,
        '/app/login?returnTo=%2Fapp%2Faccount%3Fa%3D1',
      );
      const refused = await client.get(`${url}/staff`);
      assert.equal(refused.status, 403);
      assert.match(await refused.text(), /href="\/app\/logout"/);

      const page = await (await client.get(`${url}/sessions`)).text();
      const actions = [...page.matchAll(/action="([^"]*)"/g)].map(([, action = '']) => action);
      assert.deepEqual(
        actions.map((action) => action.replace(/[^/]+\/revoke$/, 'x/revoke')),
        ['/app/sessions/x/revoke', '/app/sessions/revoke-others'],
      );
      const ended = await client.postForm(new URL(actions[0] ?? '', url).href, {});
      assert.deepEqual([ended.status, ended.headers.get('location')], [303, '/app/sessions']);
      assert.equal((await other.get(`${url}/account`, JSON_ONLY)).status, 401);

      const elsewhere = await client.get(`${url}/logout`, { 'sec-fetch-site': 'cross-site' });
      assert.match(await elsewhere.text(), /action="\/app\/logout"[^]*href="\/app\/"/);
      const lost = await createHttpClient().get(`${url}/callback?code=x&state=y`);
      assert.match(await lost.text(), /href="\/app\/login"/);
      const token = await fetch(`${url}/backchannel-logout`, { method: 'POST' });
      assert.equal(token.status, 400);
    });

    it('leads nobody beside it after a login', async () => {
      const client = createHttpClient();
      const callback = await callbackUrlOf(client, `${url}/login?returnTo=/elsewhere`, 'alice');
      assert.equal((await client.get(callback)).headers.get('location'), '/app/');
    });
  });
}

it('a callback elsewhere, and a base path that is none, are told at start', () => {
  for (const [basePath, redirectUri, problem] of [
    ['/app', 'http://localhost:5000/callback', /^AUTH0_REDIRECT_URI is not below \/app.*5000\/app\/callback/],
    ['/app', 'http://localhost:5000/app/login', /^AUTH0_REDIRECT_URI has a path that the app itself uses/],
    ['app/', 'http://localhost:5000/callback', /^basePath is not a plain path/],
  ] as const) {
    assert.throws(
      () => gatehouse({ env: { ...AWAY_ENV, AUTH0_REDIRECT_URI: redirectUri }, basePath }),
      (error: ConfigError) => error instanceof ConfigError && error.problems.some((line) => problem.test(line)),
    );
  }
});

it('a door that is mounted below a path nobody told it says so', async (t) => {
  const [port = 0] = await freePorts(1);
  const log: string[] = [];
  const note = (about: object, message: string) => void log.push(JSON.stringify(about) + message);
  const door = gatehouse({ env: AWAY_ENV, log: { debug: () => {}, info: note, warn: () => {}, error: note } });
  const server = express().use('/app', door, door.errors).listen(port);
  t.after(async () => {
    server.close().closeAllConnections();
    await door.stop();
  });
  assert.equal((await fetch(`http://localhost:${port}/app/`)).status, 500);
  assert.match(log.join('\n'), /mounted below \/app: write gatehouse\(\{ basePath: '\/app' \}\)/);
});
