import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ProviderPage } from '../pages/provider-page.ts';
import { launchChromium } from '../support/find-tools.ts';
import { endOf, type ForeignFolder, installPackage } from '../support/foreign-folder.ts';
import { APP_TS, SURFACE_TS, TSCONFIG } from '../support/foreign-sources.ts';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { entriesOf, reachedFrom } from '../support/packed-modules.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startProgram, startServer } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { callbackUrlOf, leadsOnTo, signIn } from '../support/sign-in.ts';
import { TYPED_DATA_TS, TYPED_DATA_TSCONFIG } from '../support/typed-data.ts';
import { clientEnv } from '../support/client-env.ts';

/** The contract's variables (part 2). NODE_ENV is left out here: express-session reads it when it is loaded. */
const OURS =
  /^(AUTH0|ISSUER|REDIS|SESSION|API|CLIENT|PROVIDER|TRUST|METRICS|SHUTDOWN|KEEP_ALIVE|LOG|WEB|PORT|HOST)(_|$)/;

let host: ForeignFolder;
let compileErrors = '';
before(async () => {
  const typedData = {
    'typed-data.ts': TYPED_DATA_TS,
    'tsconfig.typed-data.json': TYPED_DATA_TSCONFIG(false),
    'tsconfig.typed-data-exact.json': TYPED_DATA_TSCONFIG(true),
  };
  const sources = { 'tsconfig.json': TSCONFIG, 'surface.ts': SURFACE_TS, 'app.ts': APP_TS, ...typedData };
  host = await installPackage(sources);
  // This checks the types and makes app.js.
  await host.run('node_modules/typescript/bin/tsc', '-p', '.').catch((error: Error) => {
    compileErrors = error.message;
  });
});
after(() => host.remove());

describe('the package', () => {
  it('holds what its entries reach, with types, maps and sources for reading, and nothing else', () => {
    const { files, missing } = reachedFrom(host.installed, ...entriesOf(host.installed));
    assert.deepEqual(missing, []);
    const modules = new Set(
      [...files].map((file) => /^dist\/(.+?)(\.d\.ts|\.js)$/.exec(file)?.[1] ?? `no module: ${file}`),
    );
    for (const name of ['gatehouse/index', 'testing/index', 'command', 'provider/start-provider', 'doctor/examine']) {
      assert.ok(modules.has(name), name);
    }
    // The template app stays out of the package.
    assert.deepEqual(
      [...modules].filter((name) => /^(app|api)\/|^main$|^web$/.test(name)),
      [],
    );
    const beside = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', '.env.example'];
    // The provider reads these at run time.
    const views = readdirSync('views/provider', { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).split(sep).join('/'));
    const ofTypes = ['src/provider/oidc-provider.d.ts'];
    const ofModules = [...modules].flatMap((name) => [
      ...['.js', '.js.map', '.d.ts'].map((kind) => `dist/${name}${kind}`),
      `src/${name}.ts`,
    ]);
    const expected = [...beside, ...views, ...ofTypes, ...ofModules];
    const [packed, wanted] = [new Set(host.files), new Set(expected)];
    assert.deepEqual(
      expected.filter((file) => !packed.has(file)),
      [],
    );
    assert.deepEqual(
      host.files.filter((file) => !wanted.has(file)),
      [],
    );
  });

  it('has its source with each module, where its map says', () => {
    const maps = host.files.filter((file) => file.endsWith('.js.map'));
    assert.ok(maps.length > 100);
    for (const file of maps) {
      const { sources } = JSON.parse(readFileSync(join(host.installed, file), 'utf8')) as { sources: string[] };
      const [source = ''] = sources;
      assert.ok(existsSync(resolve(host.installed, dirname(file), source)), source);
    }
  });

  it('speaks in its types of nothing but Express, and in those for tests of nothing at all', () => {
    const { files, packages } = reachedFrom(host.installed, 'dist/gatehouse/index.d.ts');
    assert.deepEqual([...packages], ['express']);
    assert.ok(files.size > 10, `${files.size} files`);
    // The one global declaration is `auth` on Express's Request.
    const global = [...files].filter((file) => /declare global/.test(readFileSync(join(host.installed, file), 'utf8')));
    assert.deepEqual(global, ['dist/gatehouse/resource-server/token-auth.d.ts']);
    assert.deepEqual([...reachedFrom(host.installed, 'dist/testing/index.d.ts').packages], []);
  });

  it('lets a strict host use all of its surface, with the types of every package checked', () => {
    assert.equal(compileErrors, '');
  });

  it('checks what a host keeps in sessions by what it says of that', async () => {
    for (const project of ['tsconfig.typed-data.json', 'tsconfig.typed-data-exact.json']) {
      assert.equal(await host.run('node_modules/typescript/bin/tsc', '-p', project), '');
    }
  });

  it('does nothing on import: no listener, no variable of the contract read, nothing that keeps the process', async () => {
    const output = await host.run('--input-type=module', '--eval', ON_IMPORT);
    const { listeners, reads, names } = JSON.parse(output) as {
      listeners: unknown;
      reads: { name: string; by: string }[];
      names: string[];
    };
    assert.deepEqual(listeners, []);
    // There are some reads: debug and depd, which Express brings, read variables, too.
    assert.ok(reads.length > 0);
    const ours = reads.filter(({ name, by }) => OURS.test(name) || by.includes('/node_modules/gatehouse/'));
    assert.deepEqual(ours, []);
    assert.deepEqual(names, ['ConfigError', 'LoginRefused', 'gatehouse', 'requireToken']);
  });

  it('has a command, and says what its provider needs beside it', async () => {
    const command = (name: string) =>
      startProgram(process.execPath, ['node_modules/gatehouse/dist/command.js', name], { cwd: host.path });
    const help = command('--help');
    assert.equal(await endOf(help), 0, help.output());
    assert.match(help.output(), /gatehouse sessions end --sub X/);
    // This host has no oidc-provider.
    const provider = command('provider');
    assert.equal(await endOf(provider), 1);
    assert.match(provider.output(), /^The local OpenID provider needs oidc-provider, .*npm install --save-dev.*\n$/);
    const start = `await import('gatehouse/testing').then(({ startProvider }) => startProvider()).catch((e) => console.log(e.message))`;
    assert.match(await host.run('--input-type=module', '--eval', start), /^The local OpenID provider needs/);
  });

  it('opens nothing but its entries', async () => {
    const inside = `await import('gatehouse/dist/gatehouse/door/create-door.js')`;
    await assert.rejects(host.run('--input-type=module', '--eval', inside), /ERR_PACKAGE_PATH_NOT_EXPORTED/);
    const forTests = `console.log(Object.keys(await import('gatehouse/testing')).sort().join())`;
    assert.equal(await host.run('--input-type=module', '--eval', forTests), 'fetchWithCookies,signIn,startProvider\n');
  });
});

/** Imports the package while watching the environment and the process; what Node.js itself reads does not count. */
const ON_IMPORT = String.raw`
const reads = [];
const note = (name) => {
  const by = new Error().stack.split('\n')[3]?.trim() ?? '';
  if (!by.includes('node:')) reads.push({ name: String(name), by });
};
process.env = new Proxy(process.env, {
  get: (env, name) => (note(name), env[name]),
  has: (env, name) => (note(name), name in env),
});
const listenersOf = () => process.eventNames().map((name) => String(name) + ' ' + process.listenerCount(name));
const before = new Set(listenersOf());
const names = Object.keys(await import('gatehouse')).sort();
const listeners = listenersOf().filter((listener) => !before.has(listener));
console.log(JSON.stringify({ listeners, reads, names }));
`;

describe('an app that installed it,', () => {
  let url: string;
  let env: Record<string, string>;
  let redis: RedisServer;
  let provider: Program;
  let app: Program;
  before(async () => {
    redis = await startRedis();
    const [port = 0, providerPort = 0] = await freePorts(2);
    url = `http://localhost:${port}`;
    env = {
      ...clientEnv(port, providerPort),
      AUTH0_AUDIENCE: 'https://api.gatehouse.test',
    };
    provider = await startServer('provider', env);
    app = await host.start('app.js', { ...env, REDIS_URL: redis.url });
  });
  after(async () => {
    await Promise.allSettled([app.stop(), provider.stop(), redis.stop()]);
  });

  const signedIn = async (username = 'alice'): Promise<HttpClient> => {
    const client = createHttpClient({ 'user-agent': `browser of ${username}` });
    assert.equal((await signIn(client, `${url}/account`, username)).status, 200);
    return client;
  };
  const json = { accept: 'application/json' };
  const jsonOf = async (response: Response) => [response.status, await response.json()] as const;
  const post = (client: HttpClient, path: string, body: object, headers: Record<string, string> = {}) =>
    client.send(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...json, ...headers },
      body: JSON.stringify(body),
    });
  /** Posts a plain page's form like a browser that does not say where it comes from. */
  const submit = async (client: HttpClient, page: string, label: string) => {
    const form = [...page.matchAll(/<form method="post" action="([^"]+)">.*?value="([^"]+)">.*?<button>([^<]+)/gs)];
    const [, action = '', token = ''] = form.find(([, , , button]) => button === label) ?? [];
    assert.ok(action && token, page);
    const body = new URLSearchParams({ form_token: token });
    return client.send(url + action, { method: 'POST', headers: { accept: 'text/html' }, body });
  };

  it('leads a page through the login and back to it, and shows who is signed in', async () => {
    const page = await signIn(createHttpClient(), `${url}/account?tab=1&b=%26`);
    assert.deepEqual([page.status, page.url], [200, `${url}/account?tab=1&b=%26`]);
    assert.match(await page.text(), /<h1>Alice Adams</);
  });

  it('tells a script where the login is', async () => {
    const nobody = createHttpClient();
    for (const headers of [json, { 'sec-fetch-dest': 'empty' }]) {
      const [status, body] = await jsonOf(await nobody.get(`${url}/account`, headers));
      assert.equal(status, 401);
      assert.match((body as { login_url: string }).login_url, /^\/login\?returnTo=%2Faccount$/);
    }
  });

  it('names the permission and the account where a rule says no, and lets others pass', async () => {
    const alice = await signedIn();
    const page = await alice.get(`${url}/staff`);
    const text = await page.text();
    assert.equal(page.status, 403);
    assert.match(text, /staff/);
    assert.match(text, /alice@/);
    const [status, body] = await jsonOf(await alice.get(`${url}/staff`, json));
    assert.deepEqual([status, (body as { error: string }).error], [403, 'PERMISSION_MISSING']);
    assert.equal(await (await alice.get(`${url}/alices`)).text(), 'alices');
  });

  it('refuses an account with its own words, and signs nobody in', async () => {
    const bob = createHttpClient();
    const page = await bob.get(await callbackUrlOf(bob, `${url}/account`, 'bob'));
    assert.equal(page.status, 403);
    assert.match(await page.text(), /Bob is not expected here\./);
    assert.match(await (await bob.get(url)).text(), /<h1>nobody</);
  });

  it('keeps data of its own with the session, field by field, from the login on', async () => {
    const alice = await signedIn();
    assert.deepEqual(await jsonOf(await alice.get(`${url}/data`)), [200, { name: 'Alice Adams' }]);
    const fields = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(fields.map((field) => post(alice, '/data', { [field]: field, removed: 1 })));
    const all = Object.fromEntries(fields.map((field) => [field, field]));
    assert.deepEqual(await jsonOf(await alice.get(`${url}/data`)), [200, { name: 'Alice Adams', ...all }]);
  });

  it('takes changes from its own pages only', async () => {
    const alice = await signedIn();
    const refused = await post(alice, '/data', { a: 1 }, { 'sec-fetch-site': 'cross-site' });
    assert.equal(refused.status, 403);
    assert.deepEqual(await jsonOf(await alice.get(`${url}/data`)), [200, { name: 'Alice Adams' }]);
  });

  it('calls an API with an access token, and guards that API', async () => {
    const alice = await signedIn();
    const [status, body] = await jsonOf(await alice.get(`${url}/messages`));
    assert.equal(status, 200);
    assert.match((body as { for: string }).for, /./);
    const refused = await fetch(`${url}/api/reports`);
    assert.deepEqual([refused.status, ((await refused.json()) as { error: string }).error], [401, 'unauthorized']);
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer realm="api", DPoP /);
  });

  it('has an error page and error JSON, which tell nothing of the inside', async () => {
    const nobody = createHttpClient();
    const page = await nobody.get(`${url}/fault`);
    const text = await page.text();
    assert.deepEqual([page.status, page.headers.get('content-type')], [500, 'text/html; charset=utf-8']);
    assert.match(text, /<h1>.+<\/h1>.*request id <code>/s);
    assert.doesNotMatch(text, /internals of the host|<style|<script|style=/);
    const [status, body] = await jsonOf(await nobody.get(`${url}/fault`, json));
    assert.deepEqual([status, Object.keys(body as object)], [500, ['error', 'message', 'request_id']]);
  });

  it('asks before another site signs somebody out, and does it by the form of its page', async () => {
    const alice = await signedIn();
    const question = await alice.get(`${url}/logout`, { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' });
    assert.equal(question.status, 200);
    assert.match(await (await alice.get(url)).text(), /<h1>Alice/);
    const leaving = await submit(alice, await question.text(), 'Sign out');
    const { origin, searchParams } = await leadsOnTo(leaving);
    assert.deepEqual([origin, searchParams.get('post_logout_redirect_uri')], [env['ISSUER_BASE_URL'], url]);
    assert.match(await (await alice.get(url)).text(), /<h1>nobody</);
  });

  it('shows where somebody is signed in, and signs out elsewhere', async () => {
    const [here, elsewhere] = [await signedIn('carol'), await signedIn('carol')];
    const page = await here.get(`${url}/sessions`);
    const text = await page.text();
    assert.equal(page.status, 200);
    assert.equal(text.match(/browser of carol/g)?.length, 2);
    assert.equal((await submit(here, text, 'Sign out everywhere else')).status, 303);
    assert.match(await (await here.get(url)).text(), /<h1>Carol/);
    assert.match(await (await elsewhere.get(url)).text(), /<h1>nobody</);
  });

  it('ends every session of a user as its operator', async () => {
    const [one, two] = [await signedIn('dave'), await signedIn('dave')];
    const [, body] = await jsonOf(await one.get(`${url}/messages`));
    const { for: sub } = body as { for: string };
    assert.deepEqual(await jsonOf(await post(createHttpClient(), `/end?sub=${sub}`, {})), [200, 2]);
    for (const client of [one, two]) assert.match(await (await client.get(url)).text(), /<h1>nobody</);
  });

  it('knows whether logins can work, and ends by itself once the door is stopped', async (t) => {
    const own = await startRedis();
    const [port = 0] = await freePorts(1);
    const other = await host.start('app.js', { ...env, PORT: String(port), REDIS_URL: own.url });
    t.after(() => Promise.all([other.stop(), own.stop()]));
    const ready = () => fetch(`http://localhost:${port}/ready`).then(jsonOf);
    assert.deepEqual(await ready(), [200, 'ready']);
    await own.stop();
    assert.deepEqual(await ready(), [503, 'SESSION_STORE_UNAVAILABLE']);
    assert.equal(await other.stop(), 0);
    assert.equal(other.output(), `ready on ${port}\n`);
  });

  it('hears of every problem of its configuration at once', async () => {
    const program = startProgram(process.execPath, ['app.js'], { cwd: host.path, env: { PORT: 'x' } });
    assert.equal(await endOf(program), 7);
    const named = program
      .output()
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    assert.deepEqual(named, ['AUTH0_DOMAIN', 'PORT', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET', 'AUTH0_SECRET']);
  });

  it('signs people in and out in a browser, with sessions in cookies', async (t) => {
    await app.stop();
    app = await host.start('app.js', env);
    const browser = await launchChromium();
    t.after(() => browser.close());
    const page = await browser.newPage();
    await page.goto(`${url}/account?tab=1`);
    await new ProviderPage(page).signIn({ username: 'alice', password: 'password' });
    await page.getByRole('heading', { name: 'Alice Adams' }).waitFor();
    assert.equal(page.url(), `${url}/account?tab=1`);
    await page.goto(`${url}/staff`);
    assert.match(await page.locator('body').innerText(), /staff/);
    await page.goto(`${url}/account`);
    await page.getByRole('link', { name: 'Out' }).click();
    await page.getByRole('heading', { name: 'nobody' }).waitFor();
    assert.equal(page.url(), `${url}/`);
    await page.goto(`${url}/account`);
    await new ProviderPage(page).username.waitFor();
  });
});
