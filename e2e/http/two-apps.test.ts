import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startApp } from '../support/app.ts';
import { createHttpClient } from '../support/http-client.ts';
import { signIn } from '../support/sign-in.ts';

it('two apps on localhost do not sign each other’s users out, whose cookies they get, too', async () => {
  const one = await startApp({ besidePrograms: true });
  const other = await startApp({ besidePrograms: true, env: { AUTH0_CLIENT_ID: 'another-client' } });
  try {
    const client = createHttpClient();
    await signIn(client, `${one.url}/login`, 'alice');
    await signIn(client, `${other.url}/login`, 'bob');
    await client.get(`${other.url}/logout`);
    const home = await client.get(`${one.url}/`, { accept: 'application/json' });
    const { user } = (await home.json()) as { user?: { name: string } };
    assert.equal(user?.name, 'Alice Adams');
    const names = (await client.jar.getCookies(one.url)).map(({ key }) => key).filter((key) => /gatehouse/.test(key));
    assert.match(names.join(), /^gatehouse_[0-9a-f]{8}(\.\d)?(,gatehouse_[0-9a-f]{8}\.\d)*$/);
  } finally {
    await other.stop();
    await one.stop();
  }
});
