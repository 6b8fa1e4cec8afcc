import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import compression from 'compression';
import express, { type Express, type RequestHandler } from 'express';
import session from 'express-session';
import helmet from 'helmet';
import { type Door, gatehouse } from '../../src/gatehouse/index.ts';
import { listen, type Running } from '../../src/program/listen.ts';
import { readProviderConfig } from '../../src/program/provider-config.ts';
import { createProviderApp } from '../../src/provider/create-provider.ts';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { leadsOnTo, signIn } from '../support/sign-in.ts';
import { clientEnv } from '../support/client-env.ts';

declare module 'express-session' {
  interface SessionData {
    visits: number;
  }
}

/** Middleware that existing apps have; docs/existing-app.md says that it may stand on either side of the door. */
const usual = () => [
  helmet(),
  compression({ threshold: 0 }),
  session({ secret: 'of the host alone', resave: false, saveUninitialized: true }),
];
const parsers = () => [express.json(), express.urlencoded()];

/** Acts like Express 4's parsers (body-parser 1.20): a body of another type becomes empty, a parsed one gets a mark. */
const parserOfExpress4 =
  (type: string, parse: RequestHandler): RequestHandler =>
  (req, res, next) => {
    const marked = req as { _body?: boolean };
    if (marked._body) return next();
    req.body ??= {};
    if (!req.is(type)) return next();
    if (!req.readable) return next(new Error('stream is not readable'));
    marked._body = true;
    parse(req, res, next);
  };
const jsonOfExpress4 = parserOfExpress4('json', express.json());
const formOfExpress4 = parserOfExpress4('urlencoded', express.urlencoded());

interface Place {
  readonly mount: (app: Express, door: Door) => unknown;
  /** Handlers that follow a route's guard. */
  readonly ofRoute?: readonly RequestHandler[];
}

const PLACES: Readonly<Record<string, Place>> = {
  'behind what apps have': { mount: (app, door) => app.use(...usual(), ...parsers(), door) },
  'before what apps have': { mount: (app, door) => app.use(door, ...parsers(), ...usual()) },
  'among body parsers of Express 4': {
    mount: (app, door) => app.use(jsonOfExpress4, door, ...usual()),
    ofRoute: [formOfExpress4],
  },
};

for (const [place, { mount, ofRoute = [] }] of Object.entries(PLACES)) {
  describe(`the door ${place}`, () => {
    let url: string;
    let providerUrl: string;
    let door: Door;
    let redis: RedisServer;
    let servers: Running[];
    before(async () => {
      redis = await startRedis();
      const [port = 0, providerPort = 0] = await freePorts(2);
      url = `http://localhost:${port}`;
      providerUrl = `http://localhost:${providerPort}`;
      const env = {
        ...clientEnv(port, providerPort),
        REDIS_URL: redis.url,
      };
      door = gatehouse({ env });
      const app = express();
      mount(app, door);
      app.get('/', (req, res) => {
        req.session.visits = (req.session.visits ?? 0) + 1;
        res.json({ user: door.user(req)?.name, visits: req.session.visits });
      });
      app.post('/data', door.signedIn, ...ofRoute, async (req, res) => {
        await door.session(req)?.save({ ...(req.body as object) });
        res.json(door.session(req)?.data);
      });
      app.get('/form', door.signedIn, (req, res) => void res.send(door.formToken(req)));
      app.use(door.errors);
      const server = { variable: '-', host: undefined, shutdownTimeoutSeconds: 1 };
      servers = [
        await listen(await createProviderApp(readProviderConfig(env)), {
          ...server,
          name: 'provider',
          port: providerPort,
        }),
        await listen(app, { ...server, name: 'app', port }),
      ];
    });
    after(async () => {
      await Promise.all(servers.map((server) => server.stop()));
      await door.stop();
      await redis.stop();
    });

    const signedIn = async (): Promise<HttpClient> => {
      const client = createHttpClient();
      assert.equal((await signIn(client, `${url}/login`)).status, 200);
      return client;
    };
    const home = async (client: HttpClient) => (await client.get(url)).json();

    it('signs in, and leaves the session of express-session alone', async () => {
      const alice = createHttpClient();
      assert.deepEqual(await home(alice), { visits: 1 });
      await signIn(alice, `${url}/login`);
      assert.deepEqual(await home(alice), { user: 'Alice Adams', visits: 3 });
      await alice.follow(await alice.get(`${url}/logout`));
      assert.deepEqual(await home(alice), { visits: 4 });
    });

    it('takes the form of a client that says nothing of where it comes from', async () => {
      const alice = await signedIn();
      const form_token = await (await alice.get(`${url}/form`)).text();
      const send = (path: string, fields: Record<string, string>) =>
        alice.send(url + path, { method: 'POST', body: new URLSearchParams(fields) });
      const saved = await send('/data', { form_token, theme: 'dark' });
      assert.deepEqual(await saved.json(), { form_token, theme: 'dark' });
      assert.equal((await send('/logout', { form_token: 'made up' })).status, 403);
      assert.equal((await leadsOnTo(await send('/logout', { form_token }))).origin, providerUrl);
    });

    it('leaves JSON to the parser of the host', async () => {
      const alice = await signedIn();
      const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
      const saved = await alice.send(`${url}/data`, { method: 'POST', headers, body: '{"theme":"dark"}' });
      assert.deepEqual(await saved.json(), { theme: 'dark' });
      // A client that does not say where it comes from needs a form token, and has none here.
      const { 'sec-fetch-site': _, ...silent } = headers;
      const refused = await alice.send(`${url}/data`, { method: 'POST', headers: silent, body: '{"theme":"light"}' });
      assert.equal(refused.status, 403);
    });

    it('is told by the provider that a session is over', async () => {
      const alice = await signedIn();
      const page = await alice.get(`${providerUrl}/session/end`);
      const html = await page.text();
      const [, action = ''] = /action="([^"]+)"/.exec(html) ?? [];
      const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(html) ?? [];
      await alice.postForm(new URL(action, page.url).href, { xsrf, logout: 'yes' });
      assert.equal('user' in ((await home(alice)) as object), false);
    });
  });
}
