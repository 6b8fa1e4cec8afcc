import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startApp } from '../../../e2e/support/app.ts';
import { createHttpClient, type HttpClient } from '../../../e2e/support/http-client.ts';
import { limitRoutes, NOT_JSON } from '../../../e2e/support/limit-routes.ts';
import { callbackUrlOf, signedInAs } from '../../../e2e/support/sign-in.ts';
import { CATALOGUE } from '../errors/catalogue.ts';
import { useApp } from '../../../e2e/support/use-app.ts';

const JSON_ONLY = { accept: 'application/json' };
const IN_REDIS = {
  code: 'SESSION_DATA_TOO_LARGE',
  fits: 65_000,
  tooMuch: 65_536,
  message: /would take 65 kB, and the limit is 64 kB\. Nothing was saved/,
  remedy: /in a database/,
} as const;
const IN_COOKIES = {
  code: 'SESSION_TOO_LARGE',
  fits: 5000,
  tooMuch: 16_000,
  message: /would take 1\d kB; cookies carry up to 12 kB\. Nothing was changed\. .*set REDIS_URL/,
  remedy: /REDIS_URL/,
} as const;

for (const [where, limit] of [
  ['Redis', IN_REDIS],
  ['cookies', IN_COOKIES],
] as const) {
  describe(`own data of sessions in ${where}`, () => {
    /** What `onLogin` returns. */
    let atLogin: object | undefined;
    const onLogin = () => atLogin;
    const app = useApp(where, (env) => startApp({ env, routes: limitRoutes, door: { onLogin } }));

    const get = (client: HttpClient, path: string, headers = JSON_ONLY) =>
      client.get(`${app.url}/test/${path}`, headers);
    const dataOf = async (client: HttpClient) => (await get(client, 'data')).json();
    const keeper = async () => {
      atLogin = undefined;
      const client = await signedInAs(app);
      assert.equal((await get(client, 'keep/yes')).status, 200);
      return client;
    };
    /** Checks that `path` is refused with `code`, and that nothing of it is kept, at once or later. */
    async function assertRefused(client: HttpClient, path: string, code: keyof typeof CATALOGUE): Promise<string> {
      const answer = await get(client, path);
      const { error, message } = (await answer.json()) as { error: string; message: string };
      assert.deepEqual([answer.status, error], [CATALOGUE[code].status, code]);
      assert.deepEqual(answer.headers.getSetCookie(), []);
      assert.equal(answer.headers.get('x-data'), '["kept"]');
      assert.deepEqual(await dataOf(client), { kept: 'yes' });
      return message;
    }

    it('is refused where it is too large, with the limit and what to do; the session stays as it was', async () => {
      const client = await keeper();
      assert.match(await assertRefused(client, `fill/${limit.tooMuch}`, limit.code), limit.message);
      const page = await (await get(client, `fill/${limit.tooMuch}`, { accept: 'text/html' })).text();
      assert.match(page, limit.remedy);
      assert.equal((await get(client, `fill/${limit.fits}`)).status, 200);
      assert.equal(((await dataOf(client)) as { filler: string }).filler.length, limit.fits);
    });

    it('is refused where JSON cannot hold it, by the name of its field', async () => {
      const client = await keeper();
      for (const [field, fault] of Object.entries({ greet: 'a function', total: 'a BigInt', seats: 'a Map' })) {
        const message = await assertRefused(client, `not-json/${field}`, 'SESSION_DATA_NOT_JSON');
        assert.ok(message.includes(`“${field}.0” is ${fault}`), message);
      }
      assert.equal((await get(client, 'keep/still')).status, 200);
      assert.deepEqual(await dataOf(client), { kept: 'still' });
    });

    it('of a login is held to the same: that ends on the page, nobody is signed in, and the session before stays', async () => {
      for (const [data, code] of [
        [{ filler: 'x'.repeat(limit.tooMuch) }, limit.code],
        [NOT_JSON, 'SESSION_DATA_NOT_JSON'],
      ] as const) {
        const client = await keeper();
        for (const browser of [createHttpClient(), client]) {
          atLogin = data;
          const page = await browser.get(await callbackUrlOf(browser, `${app.url}/login`, 'alice'));
          assert.equal(page.status, CATALOGUE[code].status);
          assert.match(await page.text(), new RegExp(code));
          const isBefore = browser === client;
          assert.equal((await get(browser, 'data')).status, isBefore ? 200 : 401);
        }
        assert.deepEqual(await dataOf(client), { kept: 'yes' });
      }
    });

    it('of a login is kept where it fits, without what is undefined', async () => {
      atLogin = { at: new Date(0), list: [1], gone: undefined };
      const client = await signedInAs(app);
      assert.deepEqual(await dataOf(client), { at: '1970-01-01T00:00:00.000Z', list: [1] });
    });
  });
}
