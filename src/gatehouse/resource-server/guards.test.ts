import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, describe, it, test, type TestContext } from 'node:test';
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express';
import { ask, assertRefused, type Headers, type Reply } from '../../../e2e/support/resource-server.ts';
import { AUDIENCE, createDpopKey, startTokenIssuer, type TokenIssuer } from '../../../e2e/support/token-issuer.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { ConfigError, requireToken, type Env, type Logger, type TokenNeeds } from '../index.ts';

/** What guards hand on to the host app's error handler; refusals that they answer themselves do not get there. */
let handedOn: unknown[] = [];
let handled = 0;
let issuer: TokenIssuer;
before(async () => {
  issuer = await startTokenIssuer();
});
after(() => issuer.stop());
beforeEach(() => {
  handedOn = [];
  handled = 0;
});

interface Host {
  readonly url: string;
  readonly env: Env;
  readonly app: Express;
  get(path: string, headers?: Headers): Promise<Reply>;
}

/** Starts a host app at the address that the environment of its guards names. */
async function startHost(
  t: TestContext,
  mount: (app: Express, env: Env) => void,
  more: Record<string, string> = {},
): Promise<Host> {
  const app = express();
  const server = app.listen(0);
  await once(server, 'listening');
  t.after(() => void server.close().closeAllConnections());
  const url = `http://localhost:${(server.address() as { port: number }).port}`;
  const env: Env = { ISSUER_BASE_URL: issuer.url, AUTH0_AUDIENCE: AUDIENCE, API_SERVER_URL: url, ...more };
  mount(app, env);
  const failed: ErrorRequestHandler = (error, _req, res, _next) => {
    handedOn.push(error);
    if (!res.headersSent) res.status(599).json({});
  };
  app.use(failed);
  return { url, env, app, get: (path, headers) => ask('GET', url + path, headers) };
}

const showAuth: RequestHandler = (req, res) => {
  handled += 1;
  res.json(req.auth);
};

/** A host app with one guarded route. */
const startGuarded = (t: TestContext, needs: TokenNeeds = {}, more: Record<string, string> = {}) =>
  startHost(t, (app, env) => app.get('/guarded', requireToken({ env, ...needs }), showAuth), more);

const bearer = (token: string): Headers => ({ Authorization: `Bearer ${token}` });

describe('a request with a good token', () => {
  for (const [what, claims, scopes] of [
    ['`scope`', { scope: 'a b' }, ['a', 'b']],
    ['`scp` as a text', { scp: 'a b' }, ['a', 'b']],
    ['`scp` as a list', { scp: ['a', 'b'] }, ['a', 'b']],
    ['`permissions`', { permissions: ['a', 'b'] }, ['a', 'b']],
    ['all of them, each once', { scope: 'a  b', scp: ['b', 'c'], permissions: ['c', 'd'] }, ['a', 'b', 'c', 'd']],
    ['none of them', {}, []],
    ['no claim of another type', { scope: { a: true }, scp: 1, permissions: [1, null, ['a']] }, []],
  ] as const) {
    it(`finds its scopes in ${what}`, async (t) => {
      const host = await startGuarded(t, scopes[0] && { permission: scopes[0] });
      const { status, body } = await host.get('/guarded', bearer(await issuer.sign(claims)));
      assert.deepEqual([status, (body as { scopes: unknown }).scopes], [200, scopes]);
    });
  }

  it('may come with DPoP, to a route of a mounted router, too', async (t) => {
    const host = await startHost(t, (app, env) => {
      app.use('/v1', express.Router().get('/guarded', requireToken({ env, permission: 'a' }), showAuth));
    });
    const key = await createDpopKey();
    const token = await issuer.sign({ scope: 'a', cnf: key.cnf });
    const proof = await key.proof(`${host.url}/v1/guarded`, token);
    const { status, body } = await host.get('/v1/guarded', { Authorization: `DPoP ${token}`, DPoP: proof });
    assert.deepEqual([status, (body as { token: string }).token], [200, token]);
  });
});

test('a request is refused while the provider is away, and let in afterwards', async (t) => {
  const away = await startTokenIssuer({ listens: false });
  t.after(away.stop);
  const host = await startGuarded(t, {}, { ISSUER_BASE_URL: away.url });
  const token = await away.sign();
  assertRefused(await host.get('/guarded', bearer(token)), 'signing_key_unavailable');
  assert.deepEqual([handled, handedOn], [0, []]);
  await away.restart();
  await waitFor('let in', async () => (await host.get('/guarded', bearer(token))).status === 200);
});

test('what a guard cannot answer any more it hands on', async (t) => {
  const answered: RequestHandler = (_req, res, next) => {
    res.json({ by: 'the host' });
    next();
  };
  const host = await startHost(t, (app, env) => app.get('/sent', answered, requireToken({ env }), showAuth));
  const { status, body } = await host.get('/sent');
  assert.deepEqual([status, body, handled], [200, { by: 'the host' }, 0]);
  // The guard hands on the refusal itself, for the host app's own log.
  assert.deepEqual(
    handedOn.map((error) => (error as { code?: string }).code),
    ['unauthorized'],
  );
});

describe('the request of the host', () => {
  const what = (req: Request) => ({
    ...{ headers: { ...req.headers }, raw: [...req.rawHeaders], method: req.method, query: { ...req.query } },
    ...{ url: req.url, originalUrl: req.originalUrl, baseUrl: req.baseUrl, path: req.path },
    ...{ protocol: req.protocol, host: req.host, hostname: req.hostname, ip: req.ip, secure: req.secure },
  });
  /** The shape of `req` or `res`: its prototype and its own keys. */
  const shapeOf = (object: object) => ({ of: Object.getPrototypeOf(object) as unknown, keys: Object.keys(object) });

  for (const [scheme, isGood] of [
    ['Bearer', true],
    ['DPoP', true],
    ['Bearer', false],
  ] as const) {
    it(`is as it was after ${isGood ? 'a good' : 'a bad'} token as ${scheme}, but for \`auth\``, async (t) => {
      const seen: object[] = [];
      const note: RequestHandler = (req, res, next) => {
        const { auth: _auth, ...mine } = req;
        seen.push({ ...what(req), req, own: shapeOf(mine), is: shapeOf(req).of, sent: { ...res.getHeaders() } });
        seen.push(shapeOf(res));
        next();
      };
      const host = await startHost(
        t,
        (app, env) => {
          const before: RequestHandler = (req, res, next) => {
            note(req, res, next);
            // A refused request reaches no later handler that could note it.
            if (!isGood) res.on('finish', () => seen.push(what(req)));
          };
          app.use('/v1', express.Router().get('/:id', before, requireToken({ env }), note, showAuth));
        },
        // A proxy took `/prefix` off, so the guard has to check another URL than the host app sees.
        { API_SERVER_URL: 'https://api.example.com/prefix' },
      );
      const key = await createDpopKey();
      const token = await issuer.sign(scheme === 'DPoP' ? { cnf: key.cnf } : {});
      const proof = await key.proof('https://api.example.com/prefix/v1/7', token);
      const reply = await host.get('/v1/7?x=1', {
        Authorization: `${scheme}   ${isGood ? token : 'bad'}`,
        ...(scheme === 'DPoP' && { DPoP: proof }),
        ...{ 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' },
      });
      assert.equal(reply.status, isGood ? 200 : 401);
      if (isGood) {
        const [one, resOne, two, resTwo] = seen;
        assert.deepEqual([two, resTwo], [one, resOne]);
      } else {
        const [one, , then] = seen;
        assert.deepEqual({ ...one, ...then }, one);
        assert.equal(seen.length, 3);
      }
    });
  }
});

describe('guards of one environment', () => {
  it('ask the provider once, those of another for themselves', async (t) => {
    const own = await startTokenIssuer();
    t.after(own.stop);
    const host = await startHost(
      t,
      (app, env) => {
        app.get('/one', requireToken({ env }), showAuth);
        app.get('/two', requireToken({ env, permission: 'a' }), showAuth);
        app.get('/other', requireToken({ env: { ...env } }), showAuth);
      },
      { ISSUER_BASE_URL: own.url },
    );
    const token = bearer(await own.sign({ scope: 'a' }));
    assert.deepEqual((await Promise.all([host.get('/one', token), host.get('/two', token)])).map(statusOf), [200, 200]);
    assert.equal((await host.get('/other', token)).status, 200);
    assert.deepEqual(own.requests, { discovery: 2, keys: 2 });
  });

  it('take a DPoP proof once, whichever of them sees it first, and do not mind it twice in one request', async (t) => {
    const host = await startHost(t, (app, env) => {
      const guards: Record<string, RequestHandler[]> = {
        both: [requireToken({ env }), requireToken({ env, permission: 'a' })],
        one: [requireToken({ env })],
        two: [requireToken({ env, permission: 'a' })],
        other: [requireToken({ env: { ...env } })],
      };
      // A proof is made for one URL, so a header chooses the guards that it meets there.
      const router = Object.entries(guards).map(([name, of]) =>
        express.Router().use((req, _res, next) => next(req.get('guards') === name ? undefined : 'router'), ...of),
      );
      app.get('/thing', ...router, showAuth);
    });
    const key = await createDpopKey();
    const token = await issuer.sign({ scope: 'a', cnf: key.cnf });
    const sending = (DPoP: string) => (guards: string) =>
      host.get('/thing', { Authorization: `DPoP ${token}`, DPoP, guards });
    const replayed = { scheme: 'DPoP', description: /used before/ } as const;

    const first = sending(await key.proof(`${host.url}/thing`, token));
    assert.equal((await first('both')).status, 200);
    for (const guards of ['both', 'one', 'two']) {
      assertRefused(await first(guards), 'invalid_dpop_proof', replayed);
    }
    const second = sending(await key.proof(`${host.url}/thing`, token));
    assert.equal((await second('one')).status, 200);
    assertRefused(await second('two'), 'invalid_dpop_proof', replayed);
    // Another environment is another API, with a memory of its own.
    assert.equal((await second('other')).status, 200);
  });

  it('demand each for itself on the way of one request', async (t) => {
    const host = await startHost(t, (app, env) => {
      const guards = [{}, { permission: 'a' }, { permission: 'b' }].map((needs) => requireToken({ env, ...needs }));
      app.get('/guarded', ...guards, showAuth);
    });
    const reply = await host.get('/guarded', bearer(await issuer.sign({ scope: 'a' })));
    assertRefused(reply, 'insufficient_scope', { description: /permission b / });
    assert.equal((await host.get('/guarded', bearer(await issuer.sign({ scope: 'a b' })))).status, 200);
  });
});

describe('an environment that cannot be used', () => {
  it('is not kept: mended, the same object will do', () => {
    const env: Record<string, string> = { ISSUER_BASE_URL: issuer.url };
    assert.throws(() => requireToken({ env }), namesExactly(['AUTH0_AUDIENCE']));
    env['AUTH0_AUDIENCE'] = AUDIENCE;
    assert.equal(typeof requireToken({ env }), 'function');
  });

  it('is told before anything is asked for or connected to', async (t) => {
    const own = await startTokenIssuer();
    t.after(own.stop);
    const env = { ISSUER_BASE_URL: own.url, AUTH0_DPOP: 'x', REDIS_URL: 'redis://localhost:1' };
    assert.throws(() => requireToken({ env }), namesExactly(['AUTH0_AUDIENCE', 'AUTH0_DPOP']));
    // Anything that the guard had asked for would have arrived before this request.
    await fetch(own.url);
    assert.deepEqual(own.requests, { discovery: 0, keys: 1 });
  });
});

test('the log says what was refused, with the request’s id and without the token', async (t) => {
  const lines: { level: string; about: object; message: string }[] = [];
  const noting = (level: string) => (about: object, message: string) => void lines.push({ level, about, message });
  const [debug, info, warn, error] = ['debug', 'info', 'warn', 'error'].map(noting);
  assert.ok(debug && info && warn && error);
  const log: Logger = { debug, info, warn, error };
  const host = await startHost(t, (app, env) => {
    app.use((_req, res, next) => void next(res.set('X-Request-Id', 'request-1') && undefined));
    app.get('/guarded', requireToken({ env, log, permission: 'read:reports' }), showAuth);
  });
  const token = await issuer.sign();
  await host.get('/guarded', bearer(token));
  await host.get('/guarded', bearer(`${token}x`));
  assert.deepEqual(
    lines.map(({ level, about }) => [level, about]),
    [
      ['info', { request_id: 'request-1' }],
      ['info', { request_id: 'request-1' }],
    ],
  );
  assert.match(lines[0]?.message ?? '', /insufficient_scope.*read:reports/);
  assert.ok(!JSON.stringify(lines).includes(token.split('.')[2] ?? ''));
});

const statusOf = ({ status }: Reply) => status;

/** Checks that a ConfigError has one line for each of these variables, and no other. */
function namesExactly(variables: readonly string[]): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof ConfigError);
    const named = error.problems.map((problem) => problem.split(' ')[0]);
    assert.deepEqual(named.sort(), [...variables].sort());
    for (const problem of error.problems) assert.ok(error.message.includes(problem));
    return true;
  };
}
