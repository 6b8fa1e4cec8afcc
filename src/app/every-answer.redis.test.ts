import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startApp } from '../../e2e/support/app.ts';
import { createHttpClient } from '../../e2e/support/http-client.ts';
import { startRedis } from '../../e2e/support/redis.ts';
import { useApp } from '../../e2e/support/use-app.ts';

const JSON_ONLY = { accept: 'application/json' };

for (const kind of ['cookie', 'Redis'] as const) {
  describe(`answers of every kind with ${kind} sessions`, () => {
    const app = useApp(kind, (env) => startApp({ env }));

    it('has a 404 as page and as JSON, under an id that the header has too', async () => {
      const page = await createHttpClient().get(`${app.url}/nowhere/<b>`);
      assert.equal(page.status, 404);
      const html = await page.text();
      assert.match(html, /There is no such page/);
      assert.ok(html.includes(page.headers.get('x-request-id') ?? '-'));
      assert.doesNotMatch(html, /<b>/);
      const json = await createHttpClient().get(`${app.url}/nowhere`, JSON_ONLY);
      assert.equal(((await json.json()) as Record<string, string>)['error'], 'NOT_FOUND');
    });

    it('sends security headers with every answer', async () => {
      for (const path of ['/', '/profile', '/nowhere', '/health', '/styles.css', '/login']) {
        const { headers } = await createHttpClient().get(app.url + path);
        const csp = headers.get('content-security-policy') ?? '';
        for (const directive of ["default-src 'self'", 'base-uri', 'form-action', 'frame-ancestors']) {
          assert.ok(csp.includes(directive), `${path}: ${directive}`);
        }
        assert.doesNotMatch(csp, /unsafe/);
        assert.equal(headers.get('x-content-type-options'), 'nosniff');
        assert.ok(headers.get('referrer-policy'));
        assert.equal(headers.get('strict-transport-security'), null);
        assert.equal(headers.get('x-powered-by'), null);
      }
    });

    it('reports health and readiness', async () => {
      const health = await createHttpClient().get(`${app.url}/health`);
      assert.deepEqual([health.status, await health.json()], [200, { status: 'ok' }]);
      const ready = await createHttpClient().get(`${app.url}/ready`);
      assert.equal(ready.status, 200);
    });
  });
}

describe('with Redis away', () => {
  it('is not ready, and says why', async () => {
    const redis = await startRedis();
    const app = await startApp({ env: { REDIS_URL: redis.url } });
    try {
      await redis.stop();
      const response = await createHttpClient().get(`${app.url}/ready`);
      assert.equal(response.status, 503);
      assert.deepEqual(await response.json(), { status: 'unavailable', checks: { redis: 'unavailable' } });
      assert.equal((await createHttpClient().get(`${app.url}/health`)).status, 200);
    } finally {
      await app.stop();
    }
  });
});
