import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { it } from 'node:test';
import express from 'express';
import { loginTransactions } from './login-transactions.ts';

const HOUR_MS = 3_600_000;
const [OLD, NEW] = ['old-secret-'.repeat(4), 'new-secret-'.repeat(4)];

/** An app in which `/login` sets the SDK's cookie, and `/callback` says what of it arrives. */
async function startTestApp(t: { after(work: () => unknown): void }, now: () => number, secrets = [NEW]) {
  const app = express();
  app.use(loginTransactions({ sdkName: 'txn', callbackPath: '/callback', secrets }, { now }));
  app.get('/login', (req, res) => {
    res.cookie('txn', 'value.signature', { httpOnly: true, sameSite: 'lax' });
    res.redirect(`https://op.example/authorize?state=${req.url.split('=')[1]}`);
  });
  app.get('/callback', (req, res) => void res.json(req.headers.cookie ?? ''));
  const server = createServer(app).listen(0);
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://localhost:${(server.address() as { port: number }).port}`;
  const login = async (n: string): Promise<string> => {
    const response = await fetch(`${url}/login?n=${n}`, { redirect: 'manual' });
    return response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  };
  const callback = async (n: string, cookie: string): Promise<unknown> =>
    (await fetch(`${url}/callback?state=${n}`, { headers: { cookie } })).json();
  return { login, callback };
}

it('the SDK finds the login of this state, and no other', async (t) => {
  const { login, callback } = await startTestApp(t, Date.now);
  const [one, two] = [await login('1'), await login('2')];
  assert.equal(await callback('1', `a=b; ${one}; ${two}`), 'a=b; txn=value.signature');
  assert.equal(await callback('3', `${one}; ${two}; txn=forged`), '');
});

it('a login that took more than an hour is none', async (t) => {
  let now = Date.now();
  const { login, callback } = await startTestApp(t, () => now);
  const cookie = await login('1');
  now += HOUR_MS;
  assert.equal(await callback('1', cookie), 'txn=value.signature');
  now += 2000;
  assert.equal(await callback('1', cookie), '');
});

it('what was changed is none of ours; a secret on its way out still counts', async (t) => {
  const before = await startTestApp(t, Date.now, [OLD]);
  const after = await startTestApp(t, Date.now, [NEW, OLD]);
  const cookie = await before.login('1');
  assert.equal(await after.callback('1', cookie), 'txn=value.signature');
  for (const forged of [
    cookie.replace('value', 'other'),
    cookie.replace(/txn\.\w+/, 'txn.zzzzzz'),
    cookie.replace(/\.[\w-]+=/, '.AAAAAAAAAAAAAAAAAAAAAA='),
    cookie.replace(/\.[\w-]+=/, '='),
  ]) {
    assert.equal(await after.callback('1', forged), '', forged);
  }
  assert.equal(await (await startTestApp(t, Date.now)).callback('1', cookie), '');
});
