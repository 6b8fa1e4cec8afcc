import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { createHttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startProgram, startServer } from '../support/program.ts';
import { signIn } from '../support/sign-in.ts';
import { waitFor } from '../support/wait-for.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const IDP = {
  AUTH0_AUDIENCE: 'https://api.gatehouse.test',
  AUTH0_CLIENT_ID: 'client',
  AUTH0_CLIENT_SECRET: 'client-secret-of-the-tests-and-of-nobody-else',
  AUTH0_SECRET: 'session-secret-of-the-tests-and-of-nobody-else',
};

/** Starts `dist/<name>.js` in an empty folder, so that no `.env` of the checkout gets in. */
function start(name: string, env: Record<string, string>, cwd = emptyFolder()): Program {
  return startProgram(process.execPath, [resolve(`dist/${name}.js`)], { env, cwd });
}

function emptyFolder(): string {
  return temporaryFolder('program');
}

describe('npm start', () => {
  it('serves a first login with every port changed, and stops on SIGINT', async () => {
    const [web = 0, provider = 0, api = 0] = await freePorts(3);
    const env = { PORT: String(web), PROVIDER_PORT: String(provider), API_PORT: String(api) };
    const program = start('main', env);
    await waitFor('the welcome', () => /Ctrl-C stops everything/.test(program.output()));
    for (const port of [web, provider, api]) assert.ok(program.output().includes(`http://localhost:${port}`));
    for (const user of ['alice', 'bob', 'carol', 'dave']) assert.ok(program.output().includes(user));
    const page = await signIn(createHttpClient(), `http://localhost:${web}/profile`);
    assert.match(await page.text(), /Alice Adams/);
    const message = await fetch(`http://localhost:${api}/api/messages/public`);
    assert.deepEqual(await message.json(), { text: 'This is a public message.' });
    const reaches = (host: string, port: number) =>
      fetch(`http://${host}:${port}/`).then(
        () => true,
        () => false,
      );
    for (const { address, internal, family } of Object.values(networkInterfaces()).flatMap((one) => one ?? [])) {
      // Skips the other IPv6 addresses: a link-local one needs more than its number.
      if (family === 'IPv6' && !internal) continue;
      const host = family === 'IPv6' ? `[${address}]` : address;
      for (const port of [web, provider, api]) assert.equal(await reaches(host, port), internal, `${host}:${port}`);
    }
    program.process.kill('SIGINT');
    assert.equal(await program.ended, 0);
  });

  it('never brings the local provider in production, but names what is missing', async () => {
    const program = start('main', { NODE_ENV: 'production' });
    assert.equal(await program.ended, 1);
    assert.match(program.output(), /^ {2}AUTH0_DOMAIN is not set/m);
    assert.match(program.output(), /^ {2}AUTH0_SECRET is not set.*openssl rand -hex 64$/m);
  });
});

describe('a program alone', () => {
  for (const name of ['web', 'api', 'provider'] as const) {
    it(`${name}: bad configuration is told in a line a variable, with exit code 1 and no stack`, async () => {
      const program = start(name, {
        ...IDP,
        ISSUER_BASE_URL: 'http://localhost:1',
        PORT: 'x',
        LOG_LEVEL: 'loud',
      });
      assert.equal(await program.ended, 1);
      assert.match(program.output(), /^ {2}PORT in the environment is not a whole number from 1 to 65535$/m);
      assert.match(program.output(), /^ {2}LOG_LEVEL in the environment is not one of the known values/m);
      assert.doesNotMatch(program.output(), /\bat /);
    });

    it(`${name}: a port in use is told in one line, with the variable that chooses another`, async () => {
      const taken = createServer().listen(0);
      await once(taken, 'listening');
      const port = String((taken.address() as { port: number }).port);
      const variable = { web: 'PORT', api: 'API_PORT', provider: 'PROVIDER_PORT' }[name];
      const program = start(name, { ...IDP, ISSUER_BASE_URL: 'http://localhost:1', [variable]: port });
      const code = await program.ended;
      taken.close();
      assert.equal(code, 1);
      assert.match(program.output(), new RegExp(`^The .* cannot start: port ${port} is taken, .* ${variable}=`, 'm'));
      assert.doesNotMatch(program.output(), /\bat /);
    });
  }

  it('web: starts while provider and Redis are away, and says so without ending', async () => {
    const [web = 0, nobody = 0] = await freePorts(2);
    const program = await startServer('web', {
      ...IDP,
      PORT: String(web),
      ISSUER_BASE_URL: `http://localhost:${nobody}`,
      REDIS_URL: `redis://127.0.0.1:${nobody}`,
    });
    after(() => program.stop());
    assert.equal((await fetch(`http://localhost:${web}/health`)).status, 200);
    assert.equal((await fetch(`http://localhost:${web}/ready`)).status, 503);
    assert.equal((await fetch(`http://localhost:${web}/`)).status, 200);
    assert.equal(await program.stop(), 0);
  });

  it('web: reads .env of the working directory; real variables win', async () => {
    const [fromFile = 0, real = 0] = await freePorts(2);
    const cwd = emptyFolder();
    const lines = Object.entries({
      ...IDP,
      ISSUER_BASE_URL: 'http://localhost:1',
      PORT: fromFile,
      LOG_LEVEL: 'info',
    });
    writeFileSync(join(cwd, '.env'), lines.map(([name, value]) => `${name}=${value}`).join('\n'));
    const program = start('web', { PORT: String(real) }, cwd);
    after(() => program.stop());
    await waitFor('web ready', async () => (await fetch(`http://localhost:${real}/health`)).ok);
    await assert.rejects(fetch(`http://localhost:${fromFile}/health`));
  });

  it('web: writes one JSON line a message in production, and serves metrics on their own port only', async () => {
    const [port = 0, metrics = 0] = await freePorts(2);
    const program = await startServer('web', {
      ...IDP,
      ISSUER_BASE_URL: 'https://localhost:1',
      PORT: String(port),
      METRICS_PORT: String(metrics),
      NODE_ENV: 'production',
    });
    after(() => program.stop());
    await fetch(`http://localhost:${port}/?code=secret-code`);
    const text = await (await fetch(`http://localhost:${metrics}/metrics`)).text();
    assert.match(text, /http_request_duration_seconds_count\{method="GET",route="\/",status="200"\} 1/);
    assert.equal((await fetch(`http://localhost:${port}/metrics`)).status, 404);
    await program.stop();
    const lines = program.output().trim().split('\n');
    for (const line of lines) assert.ok((JSON.parse(line) as { msg?: string }).msg, line);
    assert.doesNotMatch(program.output(), /secret-code/);
  });

  it('web: by its npm script, it gets the signal that npm gets, and npm its exit code', async () => {
    const [port] = (await freePorts(1)).map(String) as [string];
    const env = { ...IDP, ISSUER_BASE_URL: 'http://localhost:1', PORT: port };
    const npm = startProgram('npm', ['run', 'web'], { env });
    after(() => npm.stop());
    await waitFor('web ready', async () => (await fetch(`http://localhost:${port}/health`)).ok);
    // Stops npm's process alone: a shell between it and the server would die and leave the server behind.
    assert.equal(await npm.stop(), 0);
    await assert.rejects(fetch(`http://localhost:${port}/health`));
  });

  it('web: finishes a request in flight on SIGTERM and exits with 0', async () => {
    const [port = 0] = await freePorts(1);
    const env = { ...IDP, ISSUER_BASE_URL: 'http://localhost:1', PORT: String(port) };
    const program = await startServer('web', env);
    // The server says `100 Continue` once it has taken the request; the form comes later.
    const sending = request(`http://localhost:${port}/api-call/refresh`, {
      method: 'POST',
      headers: {
        expect: '100-continue',
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': 3,
      },
    });
    sending.flushHeaders();
    await once(sending, 'continue');
    program.process.kill('SIGTERM');
    await waitFor('no new connections', async () => {
      await assert.rejects(fetch(`http://localhost:${port}/health`));
    });
    sending.end('a=b');
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    assert.equal(response.statusCode, 403);
    response.resume();
    assert.equal(await program.ended, 0);
  });
});
