import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startApp, type TestParts } from '../../../e2e/support/app.ts';
import { startRedis } from '../../../e2e/support/redis.ts';
import { everyone, type Route } from '../../app/routes.ts';
import { createSavingRoutes, fieldsOf } from '../../../e2e/support/saving-routes.ts';
import { signedInAs } from '../../../e2e/support/sign-in.ts';

/** Typed as any string, so TypeScript does not look for it in what the app declares that its sessions hold. */
const LATE: string = 'x_late';

const saving = createSavingRoutes();

/** Too much to be sent at once. */
const MUCH = Buffer.alloc(16 * 1024 * 1024, 'x');

/** Routes as nobody should write them. */
function faultyRoutes({ door }: TestParts): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/test/send-then-throw',
      access: everyone,
      handlers: [
        (_req, res) => {
          res.send('first');
          throw new Error('too late');
        },
      ],
    },
    {
      method: 'get',
      path: '/test/send-much-then-throw',
      access: everyone,
      handlers: [
        (req, res) => {
          res.type(req.query['type'] as string).send(MUCH);
          throw new Error('too late');
        },
      ],
    },
    {
      method: 'get',
      path: '/test/send-twice',
      access: everyone,
      handlers: [
        (_req, res) => {
          res.send('one');
          res.status(500).set('X-Late', '1').send('something longer');
        },
      ],
    },
    {
      method: 'get',
      path: '/test/change-then-throw',
      access: door.signedIn,
      handlers: [
        async (req, res) => {
          await door.session(req)?.save({ [LATE]: Date.now() });
          res.send('changed');
          throw new Error('too late');
        },
      ],
    },
  ];
}

for (const kind of ['Redis', 'cookies']) {
  it(`a faulty route ends neither the process nor the answer of anybody (sessions in ${kind})`, async (t) => {
    const redis = kind === 'Redis' ? await startRedis() : undefined;
    t.after(() => redis?.stop());
    const app = await startApp({
      env: redis ? { REDIS_URL: redis.url } : {},
      routes: (parts) => [...saving.routes(parts), ...faultyRoutes(parts)],
    });
    t.after(() => app.stop());
    const client = await signedInAs(app);
    for (const [path, body] of [
      ['/test/send-then-throw', 'first'],
      ['/test/send-twice', 'one'],
      ['/test/change-then-throw', 'changed'],
    ] as const) {
      for (let n = 0; n < 5; n += 1) {
        const response = await client.get(app.url + path);
        assert.equal(response.status, 200);
        assert.equal(await response.text(), body);
        assert.equal(response.headers.get('content-length'), String(body.length));
        assert.equal(response.headers.get('x-late'), null);
      }
    }
    // The app compresses text, but not pictures.
    for (const type of ['text', 'png']) {
      const much = await client.get(`${app.url}/test/send-much-then-throw?type=${type}`);
      assert.equal((await much.arrayBuffer()).byteLength, MUCH.length);
    }
    assert.deepEqual(await fieldsOf(client, app), ['x_late']);
  });
}
