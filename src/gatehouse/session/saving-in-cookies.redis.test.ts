import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApp, type TestApp } from '../../../e2e/support/app.ts';
import { createSavingRoutes, fieldsOf } from '../../../e2e/support/saving-routes.ts';
import { signedInAs } from '../../../e2e/support/sign-in.ts';

const saving = createSavingRoutes();

describe('with sessions in cookies', () => {
  let app: TestApp;
  before(async () => {
    app = await startApp({ routes: saving.routes });
  });
  after(() => app.stop());

  it('saves fields, one request after another, and removes what is saved as undefined', async () => {
    const client = await signedInAs(app);
    for (const field of ['a', 'b', 'c']) await client.get(`${app.url}/test/set/${field}`);
    assert.deepEqual(await (await client.get(`${app.url}/test/unset/b`)).json(), ['x_a', 'x_c']);
    assert.deepEqual(await fieldsOf(client, app), ['x_a', 'x_c']);
  });

  it('keeps what one request saves ten times at once', async () => {
    const client = await signedInAs(app);
    await client.get(`${app.url}/test/set-ten/0`);
    assert.equal((await fieldsOf(client, app)).length, 10);
  });

  it('a save after the answer has begun rejects: its cookie would reach nobody', async () => {
    const client = await signedInAs(app);
    const answer = await client.get(`${app.url}/test/send-then-save`);
    assert.deepEqual([answer.status, await answer.text()], [200, 'sent']);
    assert.match((await saving.lateSave()) ?? '', /is saved before its answer is sent/);
    assert.deepEqual(await fieldsOf(client, app), []);
  });
});
