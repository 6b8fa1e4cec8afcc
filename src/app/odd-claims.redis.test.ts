import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startFaultServer, type FaultServer } from '../../e2e/support/fault-server.ts';
import { createHttpClient } from '../../e2e/support/http-client.ts';
import { answering } from '../../e2e/support/provider-faults.ts';
import { callbackUrlOf } from '../../e2e/support/sign-in.ts';
import { startTokenApp, type TokenApp, tokenUser } from '../../e2e/support/token-app.ts';

const PROTO = JSON.parse('{"__proto__":null}') as unknown;
const ODD = [
  null,
  true,
  0,
  -1.5,
  '',
  ' ',
  [],
  [[]],
  {},
  PROTO,
  { toString: 1 },
  [null, { a: [PROTO] }],
  '<b>&"',
  1e300,
];
const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;

/** Every type of JSON where another is expected, in what the provider and the API say. */
describe('odd JSON', () => {
  let app: TokenApp;
  let api: FaultServer;
  before(async () => {
    api = await startFaultServer();
    app = await startTokenApp({ API_SERVER_URL: api.url }, {}, { profileInIdToken: false });
  });
  after(async () => {
    await app.stop();
    await api.stop();
  });

  const claims = ['name', 'nickname', 'preferred_username', 'email', 'email_verified', 'picture', 'updated_at'];
  for (const claim of [...claims, 'auth_time', 'locale', 'address', 'https://app.example/roles']) {
    it(`as ${claim} is shown, or left out`, async () => {
      for (const value of ODD) {
        app.faults.on('/me', answering(200, { sub: 'local|alice', [claim]: value }));
        const client = createHttpClient();
        await client.get(await callbackUrlOf(client, `${app.url}/profile`, 'alice'));
        for (const page of ['/', '/profile', '/sessions']) {
          const answer = await client.get(app.url + page);
          assert.ok(answer.status < 500, `${page}: ${JSON.stringify(value)}`);
          assert.doesNotMatch(await answer.text(), /<b>&"/);
        }
      }
    });
  }

  it('that is nested within reason makes a page within reason', async () => {
    app.faults.on('/me', answering(200, { sub: 'local|alice', name: 'Alice', deep: nested(31) }));
    const client = createHttpClient();
    await client.get(await callbackUrlOf(client, `${app.url}/profile`, 'alice'));
    const page = await client.get(`${app.url}/profile`);
    assert.equal(page.status, 200);
    assert.ok((await page.text()).length < 20_000);
  });

  it('of an API is shown, or unreadable where it is nested without end', async () => {
    app.faults.reset();
    const { client } = await tokenUser(app);
    for (const value of [...ODD, nested(20)]) {
      api.answer((_req, res) => res.setHeader('content-type', 'application/json').end(JSON.stringify(value)));
      assert.equal((await client.get(`${app.url}/protected`)).status, 200, JSON.stringify(value));
    }
    for (const levels of [100, 30_000]) {
      api.answer((_req, res) =>
        res.setHeader('content-type', 'application/json').end('['.repeat(levels) + ']'.repeat(levels)),
      );
      assert.equal((await client.get(`${app.url}/protected`)).status, 502, String(levels));
    }
  });
});
