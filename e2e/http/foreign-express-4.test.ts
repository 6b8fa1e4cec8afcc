import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ProviderPage } from '../pages/provider-page.ts';
import { launchChromium } from '../support/find-tools.ts';
import { type ForeignStack, postJson, startExpress4 } from '../support/foreign-stack.ts';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { callbackUrlOf, leadsOnTo, signIn } from '../support/sign-in.ts';

const JSON_ONLY = { accept: 'application/json' };
/** Headers that helmet sets by itself and the door does not set. */
const OF_HELMET =
  /^(content-security-policy|cross-origin-.+|origin-agent-cluster|referrer-policy|strict-transport-security|x-.+)$/;

describe('an app of Express 4 and CommonJS, with middleware before the door,', () => {
  let stack: ForeignStack;
  let url: string;
  before(async () => {
    stack = await startExpress4();
    url = stack.url;
  });
  after(() => stack.stop());

  const jsonOf = async (response: Response) => [response.status, await response.json()] as const;
  const nameAt = async (client: HttpClient, at = url) =>
    /<h1>(.*)<\/h1>/.exec(await (await client.get(at)).text())?.[1];
  const cookieOf = async ({ jar }: HttpClient, name: string) =>
    (await jar.getCookies(url)).find(({ key }) => key === name)?.value;
  /** Asserts that the host app answers, in its own look and with its own headers. */
  const assertToldByHost = async (page: Response, status: number, code: string, says = /./) => {
    const text = await page.text();
    assert.match(text, new RegExp(`look-of-the-host.*<h1>${status} ${code}</h1>`, 's'));
    assert.match(text, says);
    assert.equal(page.status, status);
    assert.equal(page.headers.get('x-frame-options'), 'SAMEORIGIN');
    assert.equal(page.headers.get('cache-control'), 'no-store');
    assert.ok(text.includes(`<small>${page.headers.get('x-request-id')}</small>`), text);
  };

  it('leads a page through the login and back to it with its query', async () => {
    const page = await signIn(createHttpClient(), `${url}/account?tab=1&b=%26`);
    assert.deepEqual([page.status, page.url], [200, `${url}/account?tab=1&b=%26`]);
    assert.equal(page.headers.get('content-encoding'), 'gzip');
    assert.match(await page.text(), /<h1>Alice Adams<\/h1>\s*<p>Tab 1,/);
  });

  it('leads back into an app within the app, which leaves its errors to the door', async () => {
    const alice = createHttpClient();
    const page = await signIn(alice, `${url}/sub/page?x=1&x=2`);
    assert.equal(page.url, `${url}/sub/page?x=1&x=2`);
    const expected = { user: 'Alice Adams', url: '/page?x=1&x=2', query: { x: ['1', '2'] } };
    assert.deepEqual(await jsonOf(page), [200, expected]);
    await assertToldByHost(await alice.get(`${url}/sub/staff`), 403, 'PERMISSION_MISSING', /staff of the sub-app/);
    const [status, body] = await jsonOf(await createHttpClient().get(`${url}/sub/page?x=1`, JSON_ONLY));
    assert.equal(status, 401);
    assert.equal((body as { login_url: string }).login_url, '/login?returnTo=%2Fsub%2Fpage%3Fx%3D1');
  });

  it('hears of what rejects: a rule, its onLogin, and a route of which it takes care itself', async () => {
    const dave = createHttpClient();
    const login = await dave.get(await callbackUrlOf(dave, `${url}/account`, 'dave'));
    const alice = await stack.signedIn();
    for (const page of [login, await alice.get(`${url}/failing-rule`), await alice.get(`${url}/rejects`)]) {
      const copy = page.clone();
      await assertToldByHost(page, 500, 'INTERNAL_ERROR');
      assert.doesNotMatch(await copy.text(), /internals of the host|is away/);
    }
    for (const cause of ['the table of logins is away', 'the list of the staff is away', 'internals of the host']) {
      assert.match(stack.app.output(), new RegExp(`^error INTERNAL_ERROR.*${cause}`, 'm'));
    }
    // The door's own routes: Express 4 would not wait for their promises.
    const [status, body] = await jsonOf(await createHttpClient().get(`${url}/callback?code=x&state=y`, JSON_ONLY));
    assert.ok(status >= 400 && status < 500, JSON.stringify(body));
    assert.equal(await nameAt(alice), 'Alice Adams');
  });

  it('keeps the headers of helmet on all that the door answers', async () => {
    const alice = await stack.signedIn();
    const nobody = createHttpClient();
    const ofHelmet = ({ headers }: Response) =>
      Object.fromEntries([...headers].filter(([name]) => OF_HELMET.test(name) && name !== 'x-request-id'));
    const expected = ofHelmet(await nobody.get(url));
    assert.ok(Object.keys(expected).length >= 11, JSON.stringify(expected));
    const answers = {
      login: await nobody.get(`${url}/login`),
      'way to the login': await nobody.get(`${url}/account`),
      401: await nobody.get(`${url}/account`, JSON_ONLY),
      sessions: await alice.get(`${url}/sessions`),
      page: await alice.get(`${url}/account`),
      403: await alice.get(`${url}/staff`),
      question: await alice.get(`${url}/logout`, { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' }),
      logout: await alice.get(`${url}/logout`),
    };
    for (const [name, answer] of Object.entries(answers)) {
      assert.deepEqual(ofHelmet(answer), expected, name);
      assert.equal(answer.headers.get('cache-control'), 'no-store', name);
    }
  });

  it('has a session of its own beside the door’s: neither touches the other', async () => {
    const alice = createHttpClient();
    const visit = async () => (await jsonOf(await alice.get(`${url}/visits`)))[1];
    assert.deepEqual(await visit(), { visits: 1 });
    const own = await cookieOf(alice, 'host.sid');
    const callback = await alice.get(await callbackUrlOf(alice, `${url}/account`, 'alice'));
    const namesIn = ({ headers }: Response) => headers.getSetCookie().map((line) => line.split('=')[0]);
    const names = namesIn(callback);
    assert.ok(names.includes('host.sid') && names.includes('gatehouse'), names.join());
    assert.deepEqual(await visit(), { visits: 2, user: 'Alice Adams' });
    // One line each: the door removes only its own cookie, and express-session sets its own anew.
    assert.deepEqual(namesIn(await alice.get(`${url}/logout`)), ['gatehouse', 'host.sid']);
    assert.deepEqual(await visit(), { visits: 3 });
    assert.equal(await cookieOf(alice, 'host.sid'), own);

    await signIn(alice, `${url}/account`);
    const ofDoor = await cookieOf(alice, 'gatehouse');
    assert.ok(ofDoor);
    assert.deepEqual(await jsonOf(await postJson(alice, `${url}/forget-visits`, {})), [200, { user: 'Alice Adams' }]);
    assert.deepEqual([await cookieOf(alice, 'host.sid'), await cookieOf(alice, 'gatehouse')], [undefined, ofDoor]);
    assert.deepEqual(await visit(), { visits: 1, user: 'Alice Adams' });
  });

  it('tells of a sign-out from elsewhere also on a route that writes its head by hand, and leaves its own session alone', async () => {
    const [one, two] = [await stack.signedIn('carol'), await stack.signedIn('carol')];
    const byHand = await one.get(`${url}/by-hand`);
    assert.deepEqual([byHand.headers.get('x-by'), await byHand.text()], ['hand', 'by hand for Carol Admin']);
    const visited = await jsonOf(await two.get(`${url}/visits`));
    const [, { ended }] = (await jsonOf(await postJson(createHttpClient(), `${url}/end`, { sub: 'local|carol' }))) as [
      number,
      { ended: number },
    ];
    assert.ok(ended >= 2, String(ended));
    assert.equal(await (await one.get(`${url}/by-hand`)).text(), 'by hand for signed out elsewhere');
    assert.equal(await cookieOf(one, 'gatehouse'), undefined);
    assert.equal((await two.get(`${url}/account`)).status, 401);
    assert.deepEqual(
      [visited[1], (await jsonOf(await two.get(`${url}/visits`)))[1]],
      [{ visits: 1, user: 'Carol Admin' }, { visits: 2 }],
    );
  });

  it('takes the door’s forms also where it reads nothing but JSON itself', async () => {
    const other = await stack.startAnother({ PARSERS: 'json' });
    const alice = await stack.signedIn();
    const plain = (path: string, form: Record<string, string>) =>
      alice.send(other.url + path, { method: 'POST', body: new URLSearchParams(form) });
    const question = await alice.get(`${other.url}/logout`, {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-dest': 'document',
    });
    const [, token = ''] = /name="form_token" value="([^"]+)"/.exec(await question.text()) ?? [];
    const [, told] = await jsonOf(await plain('/backchannel-logout', { logout_token: 'none' }));
    assert.doesNotMatch((told as { message: string }).message, /missing/);
    const login = await plain('/login', { returnTo: '/account' });
    assert.equal(login.headers.get('location'), '/login?returnTo=%2Faccount');
    assert.equal((await plain('/logout', { form_token: 'made up' })).status, 403);
    const { origin } = await leadsOnTo(await plain('/logout', { form_token: token }));
    assert.equal(origin, stack.env['ISSUER_BASE_URL']);
    assert.equal(await nameAt(alice), 'nobody');
  });

  it('takes the forms of people in a browser', async (t) => {
    const browser = await launchChromium();
    t.after(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`${url}/account`);
    await new ProviderPage(page).signIn({ username: 'alice', password: 'password' });
    await page.getByLabel('Note').fill('milk & bread');
    await page.getByRole('button', { name: 'Keep' }).click();
    await page.getByText('note: milk & bread').waitFor();
    await page.getByRole('link', { name: 'Out' }).click();
    await page.getByRole('heading', { name: 'nobody' }).waitFor();
    assert.equal(page.url(), `${url}/`);
  });
});
