import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { ConfigError, type Env, requireToken, type RequireTokenOptions } from '#gatehouse';
import express, { type RequestHandler } from 'express';
import { freePorts } from '../../../e2e/support/ports.ts';
import { ask, assertRefused, challengesOf, type Headers } from '../../../e2e/support/resource-server.ts';
import {
  AUDIENCE,
  createDpopKey,
  nowSeconds,
  startTokenIssuer,
  type TokenIssuer,
} from '../../../e2e/support/token-issuer.ts';
import { waitFor } from '../../../e2e/support/wait-for.ts';
import { listen } from '../../program/listen.ts';

let issuer: TokenIssuer;
before(async () => {
  issuer = await startTokenIssuer();
});
after(() => issuer.stop());

type Guard = (options?: Partial<RequireTokenOptions>) => RequestHandler;

/** A host app with its own routes, which uses only `requireToken` from us. */
async function startHost(
  t: TestContext,
  handlers: (guard: Guard) => Record<string, RequestHandler[]>,
  change: Env = {},
) {
  const [port = 0] = await freePorts(1);
  const url = `http://localhost:${port}`;
  const env: Env = { ISSUER_BASE_URL: issuer.url, AUTH0_AUDIENCE: AUDIENCE, API_SERVER_URL: url, ...change };
  const app = express();
  for (const [path, chain] of Object.entries(handlers((options) => requireToken({ env, ...options })))) {
    app.all(path, ...chain);
  }
  const seen: unknown[] = [];
  app.use(((error, _req, res, _next) => {
    seen.push(error);
    res.status(500).json({ host: 'answered' });
  }) as express.ErrorRequestHandler);
  const named = { name: 'host', port, variable: 'PORT', host: undefined, shutdownTimeoutSeconds: 1 };
  const server = await listen(app, named);
  t.after(() => server.stop());
  const get = (path: string, headers?: Headers) => ask('GET', url + path, headers);
  const bearer = (path: string, token: string) => get(path, { Authorization: `Bearer ${token}` });
  return { url, env, get, bearer, seen };
}

const showAuth: RequestHandler = (req, res) => void res.json(req.auth);

describe('requireToken in an app of one’s own', () => {
  it('lets a good token pass and leaves what it says in req.auth', async (t) => {
    const host = await startHost(t, (guard) => ({ '/me': [guard(), showAuth] }));
    const token = await issuer.sign({
      scope: 'openid read:a',
      scp: ['read:b', 'read:a'],
      permissions: ['read:c'],
      org_id: 'org_1',
    });
    const { status, body } = await host.bearer('/me', token);
    const { claims, ...rest } = body as { claims: Record<string, unknown> };
    assert.equal(status, 200);
    assert.deepEqual(rest, { sub: 'user-1', scopes: ['openid', 'read:a', 'read:b', 'read:c'], token });
    assert.equal(claims['org_id'], 'org_1');
    assert.equal(claims['iss'], issuer.url);
  });

  it('answers every failure by itself, and the host hears nothing of it', async (t) => {
    const host = await startHost(t, (guard) => ({
      '/any': [guard(), showAuth],
      '/reports': [guard({ permission: 'read:reports', claims: ['org_id'] }), showAuth],
      '/nobody': [guard({ permission: '' }), showAuth],
    }));
    const [plain, expired] = [await issuer.sign(), await issuer.sign({ exp: nowSeconds() - 60 })];
    const inOrg = await issuer.sign({ org_id: 'org_1', scope: 'read:other' });
    for (const [reply, error] of [
      [await host.get('/any'), 'unauthorized'],
      [await host.get('/any', { Authorization: 'Bearer' }), 'invalid_request'],
      [await host.get(`/any?access_token=${plain}`), 'invalid_request'],
      [await host.bearer('/any', expired), 'invalid_token'],
      [await host.bearer('/any', await issuer.sign({ sub: undefined })), 'invalid_token'],
      [await host.bearer('/reports', plain), 'invalid_token'],
      [await host.bearer('/reports', inOrg), 'insufficient_scope'],
      [await host.bearer('/nobody', inOrg), 'insufficient_scope'],
    ] as const) {
      assertRefused(reply, error);
      assert.equal(reply.headers['cache-control'], 'no-store');
    }
    const denied = challengesOf(await host.bearer('/reports', inOrg));
    assert.equal(denied['Bearer']?.['scope'], 'read:reports');
    const good = await issuer.sign({ org_id: 'org_1', scope: 'read:reports' });
    assert.equal((await host.bearer('/reports', good)).status, 200);
    assert.deepEqual(host.seen, []);
  });

  it('says 503 and when to come back while the provider is away', async (t) => {
    const [port = 0] = await freePorts(1);
    const away = { ISSUER_BASE_URL: `http://localhost:${port}` };
    const lines: string[] = [];
    const note = (_about: object, message: string) => void lines.push(message);
    const log = { debug: note, info: note, warn: note, error: note };
    const host = await startHost(t, (guard) => ({ '/any': [guard({ log }), showAuth] }), away);
    const token = await issuer.sign();
    assertRefused(await host.bearer('/any', token), 'signing_key_unavailable');
    assert.match(lines.join(), /signing_key_unavailable/);
    assert.ok(!lines.join().includes(token));
  });

  it('hands what is a bug to the host', async (t) => {
    const host = await startHost(t, (guard) => {
      const breakRequest: RequestHandler = (req, _res, next) => {
        Object.defineProperty(req, 'headersDistinct', { get: () => assert.fail('broken') });
        next();
      };
      return { '/broken': [breakRequest, guard(), showAuth] };
    });
    const { status, body } = await host.bearer('/broken', await issuer.sign());
    assert.deepEqual([status, body], [500, { host: 'answered' }]);
    assert.match(String(host.seen[0]), /broken/);
  });

  it('leaves the request as the host had it', async (t) => {
    const look: RequestHandler = (req, res, next) => {
      const { headers, url, originalUrl, protocol, host } = req;
      const now = JSON.stringify({ headers, url, originalUrl, protocol, host, own: Object.keys(req).sort() });
      if (res.locals['before'] === undefined) {
        res.locals['before'] = now;
        next();
      } else {
        res.json([JSON.parse(res.locals['before'] as string), JSON.parse(now.replace('"auth",', ''))]);
      }
    };
    const env = { API_SERVER_URL: 'https://api.example.com/v1' };
    const host = await startHost(t, (guard) => ({ '/look': [look, guard(), look] }), env);
    const headers = { Authorization: `bearer   ${await issuer.sign()}`, 'X-Forwarded-Host': 'evil.example' };
    const { status, body } = await host.get('/look?a=1', headers);
    const [first, second] = body as Record<string, unknown>[];
    assert.equal(status, 200);
    assert.equal(first?.['originalUrl'], '/look?a=1');
    assert.deepEqual(second, first);
  });
});

describe('guards of one environment', () => {
  it('share one discovery, one set of keys and one memory of proofs', async (t) => {
    const own = await startTokenIssuer();
    t.after(own.stop);
    const host = await startHost(t, (guard) => ({ '/x': [guard(), showAuth], '/X/:id': [guard(), showAuth] }), {
      ISSUER_BASE_URL: own.url,
    });
    const key = await createDpopKey();
    const token = await own.sign({ cnf: key.cnf });
    const sameId = { jti: 'chosen by the client' };
    const prove = async (path: string) =>
      host.get(path, {
        Authorization: `DPoP ${token}`,
        DPoP: await key.proof(host.url + path, token, sameId),
      });
    assert.equal((await prove('/x')).status, 200);
    assertRefused(await prove('/x/1'), 'invalid_dpop_proof', { scheme: 'DPoP', description: /used before/ });
    assert.deepEqual(own.requests, { discovery: 1, keys: 1 });
  });

  it('take a proof once for one request, however many of them it passes', async (t) => {
    const host = await startHost(t, (guard) => ({
      '/x': [guard(), guard({ permission: 'p' }), showAuth],
      '/y': [guard(), guard({ permission: 'q' }), showAuth],
    }));
    const key = await createDpopKey();
    const token = await issuer.sign({ cnf: key.cnf, scope: 'p' });
    const prove = async (path: string) =>
      host.get(path, { Authorization: `DPoP ${token}`, DPoP: await key.proof(host.url + path, token) });
    assert.equal((await prove('/x')).status, 200);
    assertRefused(await prove('/y'), 'insufficient_scope', { scheme: 'DPoP' });
  });

  it('ask for the keys before the first request does', async (t) => {
    const own = await startTokenIssuer();
    t.after(own.stop);
    requireToken({ env: { ISSUER_BASE_URL: own.url, AUTH0_AUDIENCE: AUDIENCE } });
    await waitFor('the keys asked for', () => own.requests.keys === 1);
  });
});

it('a bad configuration is one ConfigError that names every problem, when the guard is made', () => {
  const env = { ISSUER_BASE_URL: 'nonsense', AUTH0_DPOP: 'maybe', REDIS_URL: 'http://x', API_PORT: '0' };
  for (let attempt = 0; attempt < 2; attempt += 1) {
    assert.throws(
      () => requireToken({ env }),
      (error) => {
        assert.ok(error instanceof ConfigError);
        const named = error.problems.map((problem) => problem.split(' ')[0]);
        const expected = ['API_PORT', 'ISSUER_BASE_URL', 'AUTH0_AUDIENCE', 'AUTH0_DPOP', 'REDIS_URL'];
        assert.deepEqual(named.sort(), expected.sort());
        return true;
      },
    );
  }
});
