import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type ForwardProxy, startForwardProxy } from '../support/forward-proxy.ts';
import { freePorts } from '../support/ports.ts';
import { startProgram, startServer } from '../support/program.ts';
import { AUDIENCE, startTokenIssuer, type TokenIssuer } from '../support/token-issuer.ts';
import { CLIENT } from '../support/client-env.ts';
import { makeCertificate } from '../support/certificate.ts';

/** A host name that only the proxy knows. */
const HOST = 'id.gatehouse.test';
const PASSWORD = 'password-of-the-proxy-and-of-nobody-else';
const metadataOf = (issuer: string) => ({
  issuer,
  jwks_uri: `${issuer}/jwks`,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
});

describe('behind a company’s proxy', () => {
  let issuer: TokenIssuer;
  let secure: Server;
  let certificate: string;
  before(async () => {
    issuer = await startTokenIssuer({ metadata: metadataOf(`http://${HOST}`) });
    const made = makeCertificate(HOST);
    certificate = made.certificate;
    secure = createServer({ key: readFileSync(made.key), cert: readFileSync(certificate) }, (_req, res) => {
      res.setHeader('Content-Type', 'application/json').end(JSON.stringify(metadataOf(`https://${HOST}`)));
    }).listen(0);
    await once(secure, 'listening');
  });
  after(async () => {
    secure.close();
    secure.closeAllConnections();
    await issuer.stop();
  });

  async function startProxy(t: TestContext, credentials?: string): Promise<ForwardProxy> {
    const hosts = { [HOST]: (secure.address() as { port: number }).port };
    const proxy = await startForwardProxy(hosts, credentials === undefined ? {} : { credentials });
    t.after(() => proxy.stop());
    return proxy;
  }
  async function startPlainProxy(t: TestContext): Promise<ForwardProxy> {
    const proxy = await startForwardProxy({ [HOST]: Number(new URL(issuer.url).port) });
    t.after(() => proxy.stop());
    return proxy;
  }
  const examine = async (env: Record<string, string>) => {
    const program = startProgram(process.execPath, ['dist/doctor.js'], { env: { ...CLIENT, ...env } });
    await program.ended;
    assert.ok(!program.output().includes(PASSWORD));
    return program.output();
  };

  for (const variable of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY']) {
    it(`the web app asks an https provider through ${variable}, with its password`, async (t) => {
      const proxy = await startProxy(t, `user:${PASSWORD}`);
      const [port = 0] = await freePorts(1);
      const env = {
        ...CLIENT,
        ISSUER_BASE_URL: `https://${HOST}`,
        NODE_EXTRA_CA_CERTS: certificate,
        PORT: String(port),
        [variable]: proxy.url.replace('//', `//user:${PASSWORD}@`),
      };
      const program = await startServer('web', env);
      t.after(() => program.stop());
      const login = await fetch(`http://localhost:${port}/login`, { redirect: 'manual' });
      assert.match(login.headers.get('location') ?? '', new RegExp(`^https://${HOST}/authorize\\?`));
      assert.deepEqual([...new Set(proxy.requests)], [`CONNECT ${HOST}:443`]);
      assert.ok(!program.output().includes(PASSWORD));
    });
  }

  it('the API asks for keys through HTTP_PROXY, without a tunnel', async (t) => {
    const proxy = await startPlainProxy(t);
    const [port = 0] = await freePorts(1);
    const env = { ISSUER_BASE_URL: `http://${HOST}`, AUTH0_AUDIENCE: AUDIENCE, API_PORT: String(port) };
    const program = await startServer('api', { ...env, HTTP_PROXY: proxy.url });
    t.after(() => program.stop());
    const token = await issuer.sign({ iss: `http://${HOST}` });
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await fetch(`http://localhost:${port}/api/private`, { headers })).status, 200);
    assert.ok(proxy.requests.includes(`GET http://${HOST}/jwks`), proxy.requests.join());
  });

  it('hosts of NO_PROXY and this machine are asked directly', async (t) => {
    const proxy = await startPlainProxy(t);
    const [port = 0] = await freePorts(1);
    for (const env of [
      { ISSUER_BASE_URL: `http://${HOST}`, NO_PROXY: 'other.example,.gatehouse.test' },
      { ISSUER_BASE_URL: issuer.url },
    ]) {
      const program = await startServer('web', { ...CLIENT, ...env, HTTP_PROXY: proxy.url, PORT: String(port) });
      await fetch(`http://localhost:${port}/login`, { redirect: 'manual' });
      await program.stop();
    }
    assert.deepEqual(proxy.requests, []);
  });

  it('the doctor says through what it went, and whether it is the proxy that fails', async (t) => {
    const proxy = await startProxy(t, `user:${PASSWORD}`);
    const env = { ISSUER_BASE_URL: `https://${HOST}`, NODE_EXTRA_CA_CERTS: certificate };
    const { host } = new URL(proxy.url);
    const well = await examine({ ...env, HTTPS_PROXY: `http://user:${PASSWORD}@${host}` });
    assert.match(well, new RegExp(`✔ provider .*answers, through the proxy http://${host} \\(HTTPS_PROXY\\)`));
    const refused = await examine({ ...env, HTTPS_PROXY: proxy.url });
    assert.match(refused, new RegExp(`✖ provider .*the proxy http://${host} refuses .*407`));
    assert.match(refused, /→ .*HTTPS_PROXY/);
    const [nobody = 0] = await freePorts(1);
    const away = await examine({ ...env, HTTPS_PROXY: `http://127.0.0.1:${nobody}` });
    assert.match(away, new RegExp(`✖ provider .*nothing listens at the proxy http://127.0.0.1:${nobody}`));
    assert.doesNotMatch(await examine({ ...env, HTTPS_PROXY: proxy.url, NO_PROXY: HOST }), /proxy http/);
  });

  it('what is no proxy is told in a line, without the password', async () => {
    for (const value of [`ftp://user:${PASSWORD}@proxy`, `http://user:${PASSWORD}@`]) {
      const env = { ...CLIENT, ISSUER_BASE_URL: `https://${HOST}`, HTTPS_PROXY: value };
      const program = startProgram(process.execPath, ['dist/web.js'], { env });
      assert.equal(await program.ended, 1);
      assert.match(program.output(), /^ {2}HTTPS_PROXY in the environment is not the URL of a proxy/m);
      assert.ok(!program.output().includes(PASSWORD));
    }
  });
});
