import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { createHttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import { startProgram } from '../support/program.ts';
import { signedInAs } from '../support/sign-in.ts';
import { waitFor } from '../support/wait-for.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('npm run dev: whoever is signed in stays so when a file is saved, at the provider, too', async (t) => {
  const [PORT = '', API_PORT = '', PROVIDER_PORT = ''] = (await freePorts(3)).map(String);
  const temporary = temporaryFolder('dev');
  // A developer's .env must not matter.
  const empty = { AUTH0_DOMAIN: '', ISSUER_BASE_URL: '', REDIS_URL: '', AUTH0_REDIRECT_URI: '', API_SERVER_URL: '' };
  const env = { PORT, API_PORT, PROVIDER_PORT, TMPDIR: temporary, TEMP: temporary, ...empty };
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { dev: string } };
  const [, ...args] = scripts.dev.replaceAll('"', '').split(' ');
  const dev = startProgram(process.execPath, ['node_modules/tsx/dist/cli.mjs', ...args], { env });
  t.after(() => dev.stop());
  const starts = () => dev.output().split('Ctrl-C stops everything').length - 1;
  const restart = async () => {
    const before = starts();
    // To tsx, Enter is the same as a changed file.
    if (before > 0) dev.process.stdin?.write('\n');
    await waitFor(`start ${before + 1}`, () => starts() > before, 60_000);
  };
  await restart();

  const url = `http://localhost:${PORT}`;
  const client = await signedInAs({ url }, 'carol');
  const json = { accept: 'application/json' };
  await restart();
  assert.equal((await client.get(`${url}/protected`, json)).status, 200);
  const refreshed = await client.postForm(`${url}/api-call/refresh`, {}, json);
  assert.equal(refreshed.status, 200, await refreshed.text());

  const sameBrowser = createHttpClient();
  for (const cookie of await client.jar.getCookies(`http://localhost:${PROVIDER_PORT}`)) {
    if (cookie.key.startsWith('provider_')) await sameBrowser.jar.setCookie(cookie, url);
  }
  const profile = await sameBrowser.follow(await sameBrowser.get(`${url}/profile`));
  assert.match(await profile.text(), /Carol Admin/, 'signed in without a password');

  await restart();
  const signOut = await client.follow(await client.get(`${url}/logout`));
  assert.equal(new URL(signOut.url).port, PROVIDER_PORT);
  assert.equal(signOut.status, 200, 'the provider takes the ID token of before');
});
