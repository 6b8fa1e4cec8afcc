import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { QUICKSTART } from '../../e2e/support/quickstart.ts';
import { problemsOf } from '../doctor/setup.ts';
import type { Env } from '../gatehouse/config/env-reader.ts';
import { loginScopes } from '../gatehouse/oidc/scopes.ts';
import { readWebConfig } from './web-config.ts';

const webProblems = (change: Env) => problemsOf(() => readWebConfig({ ...QUICKSTART, ...change }));
const pem = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('web configuration', () => {
  it('takes the .env of the Auth0 quickstart as it is', () => {
    const config = readWebConfig(QUICKSTART);
    assert.equal(config.issuer, 'https://tenant.us.auth0.com');
    assert.equal(config.baseUrl, 'http://localhost:5000');
    assert.equal(config.door.callbackPath, '/callback');
    assert.equal(config.port, 5000);
    assert.equal(config.apiServerUrl, 'http://localhost:6060');
    assert.deepEqual(config.door.clientAuthentication, {
      method: 'client_secret_basic',
      secret: QUICKSTART.AUTH0_CLIENT_SECRET,
    });
    assert.deepEqual(config.door.scopes, ['openid', 'profile', 'email']);
    assert.deepEqual(config.door.session, { rollingSeconds: 86_400, absoluteSeconds: 604_800 });
    assert.equal(config.door.redis, undefined);
    assert.deepEqual([...config.door.warnings, ...config.warnings], []);
    assert.ok(Object.isFrozen(config));
  });

  it('names every variable that is missing, each with what to write', () => {
    const problems = problemsOf(() => readWebConfig({}));
    assert.deepEqual(
      problems.map((line) => line.split(' ')[0]),
      ['AUTH0_DOMAIN', 'AUTH0_CLIENT_ID', 'AUTH0_CLIENT_SECRET', 'AUTH0_SECRET'],
    );
    assert.match(problems.join('\n'), /^AUTH0_SECRET .*openssl rand -hex 64$/m);
  });

  const malformed: readonly [string, string, RegExp][] = [
    ['AUTH0_DOMAIN', 'https://tenant.us.auth0.com/', /write tenant\.us\.auth0\.com$/],
    ['AUTH0_DOMAIN', 'tenant.us.auth0.com/path', /write tenant\.us\.auth0\.com$/],
    ['AUTH0_DOMAIN', 'tenant', /is not a domain/],
    ['AUTH0_DOMAIN', 'YOUR_AUTH0_DOMAIN', /sample text/],
    ['AUTH0_CLIENT_ID', 'YOUR_CLIENT_ID', /sample text/],
    ['AUTH0_CLIENT_ID', ' ', /is not set/],
    ['AUTH0_CLIENT_SECRET', '', /is not set/],
    ['AUTH0_CLIENT_AUTH_METHOD', 'none', /client_secret_basic, client_secret_post, private_key_jwt/],
    ['AUTH0_CLIENT_ASSERTION_SIGNING_KEY', pem('P-256'), /AUTH0_CLIENT_AUTH_METHOD=private_key_jwt/],
    ['AUTH0_SECRET', 'short', /32 characters.*openssl rand -hex 64/],
    ['AUTH0_SECRET', `${'x'.repeat(40)},short`, /an entry of fewer than 32/],
    ['AUTH0_SECRET', `${'x'.repeat(40)},`, /an entry of fewer than 32/],
    ['AUTH0_SECRET', `${'x'.repeat(40)},"${'y'.repeat(40)}"`, /quotes around an entry/],
    ['AUTH0_REDIRECT_URI', 'https://app.example.com/Login', /uses; write https:\/\/app\.example\.com\/callback$/],
    ['AUTH0_REDIRECT_URI', 'https://app.example.com/SESSIONS/x', /uses; write/],
    ['AUTH0_REDIRECT_URI', 'https://app.example.com/Health/', /uses; write/],
    ['AUTH0_REDIRECT_URI', '/callback', /write it whole/],
    ['AUTH0_REDIRECT_URI', 'http://localhost:5000/', /write http:\/\/localhost:5000\/callback/],
    ['AUTH0_REDIRECT_URI', 'http://localhost:5000/logout', /the app itself uses/],
    ['AUTH0_REDIRECT_URI', 'http://localhost:5000/callback?x=1', /without "\?"/],
    ['AUTH0_REDIRECT_URI', 'http://localhost:5000/call:back', /unusual characters/],
    ['AUTH0_SCOPE', 'profile email', /write openid profile email/],
    ['REDIS_URL', 'localhost:6379', /write redis:\/\/localhost:6379/],
    ['REDIS_URL', 'http://localhost:6379', /write redis:\/\/localhost:6379/],
    ['REDIS_URL', 'redis://localhost:6379/name', /database number/],
    ['SESSION_ROLLING_SECONDS', '1h', /whole number/],
    ['SESSION_ROLLING_SECONDS', '0', /at least 1/],
    ['SESSION_ABSOLUTE_SECONDS', '-5', /whole number/],
    ['PORT', '80a', /from 1 to 65535/],
    ['PORT', '65536', /from 1 to 65535/],
    ['API_SERVER_URL', 'localhost:6060', /write it whole/],
    ['API_SERVER_URL', 'ftp://localhost', /write it whole/],
    ['TRUST_PROXY', 'maybe', /false, true, a number/],
    ['METRICS_PORT', '0', /from 1 to 65535/],
    ['METRICS_PORT', '5000', /port of the web app/],
    ['SHUTDOWN_TIMEOUT_SECONDS', '1.5', /whole number/],
    ['LOG_LEVEL', 'verbose', /fatal, error, warn/],
    ['NODE_ENV', 'prod', /production, development, test/],
  ];
  for (const [name, value, expected] of malformed) {
    it(`refuses ${name}=${JSON.stringify(value.slice(0, 40))}`, () => {
      const problems = webProblems({ [name]: value });
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.ok(problems[0]?.startsWith(`${name} `), problems[0]);
      assert.match(problems[0] ?? '', expected);
    });
  }

  it('refuses an issuer that contradicts the tenant, and takes one that agrees', () => {
    assert.match(webProblems({ ISSUER_BASE_URL: 'https://other.example.com' }).join(), /^ISSUER_BASE_URL contradicts/);
    assert.deepEqual(webProblems({ ISSUER_BASE_URL: 'https://tenant.us.auth0.com/' }), []);
    assert.match(webProblems({ ISSUER_BASE_URL: 'tenant' }).join(), /^ISSUER_BASE_URL is not a URL/);
  });

  it('tells several problems at once', () => {
    const problems = webProblems({ PORT: 'x', AUTH0_SECRET: 'short', LOG_LEVEL: 'loud', NODE_ENV: 'prod' });
    assert.equal(problems.length, 4);
  });

  it('keeps secrets out of what it says', () => {
    const problems = webProblems({ AUTH0_SECRET: 'too-short-a-secret', REDIS_URL: 'redi://:hunter2@host' });
    assert.doesNotMatch(problems.join('\n'), /too-short-a-secret|hunter2/);
  });

  it('asks for a refresh token where an audience is set, and the provider knows the scope for it', () => {
    const { door } = readWebConfig({ ...QUICKSTART, AUTH0_AUDIENCE: 'https://api.example.com' });
    assert.equal(loginScopes(door, undefined), 'openid profile email offline_access');
    assert.equal(loginScopes(door, ['openid', 'offline_access']), 'openid profile email offline_access');
    assert.equal(loginScopes(door, ['openid']), 'openid profile email');
    assert.equal(loginScopes(readWebConfig(QUICKSTART).door, undefined), 'openid profile email');
  });

  it('rotates secrets by a list', () => {
    const [first, second] = ['a'.repeat(32), 'b'.repeat(32)];
    assert.deepEqual(readWebConfig({ ...QUICKSTART, AUTH0_SECRET: `${first}, ${second}` }).door.secrets, [
      first,
      second,
    ]);
  });

  it('refuses secrets in production that others know or can guess', () => {
    const production = { ...QUICKSTART, NODE_ENV: 'production' };
    for (const [secret, problem] of [
      ['x'.repeat(40), /different characters/],
      [`${QUICKSTART.AUTH0_SECRET},${'ab'.repeat(40)}`, /different characters/],
      [QUICKSTART.AUTH0_CLIENT_SECRET, /is the client secret/],
      ['local-development-session-secret-known-to-everybody', /the demo/],
      [`${QUICKSTART.AUTH0_SECRET},local-development-session-secret-known-to-everybody`, /the demo/],
    ] as const) {
      const problems = problemsOf(() => readWebConfig({ ...production, AUTH0_SECRET: secret }));
      assert.match(problems.join('\n'), problem);
      assert.match(problems.join('\n'), /openssl rand -hex 64/);
      assert.deepEqual(
        problemsOf(() => readWebConfig({ ...QUICKSTART, AUTH0_SECRET: secret })),
        [],
      );
    }
  });

  it('has https for the names below the app where they are its own', () => {
    const subdomains = (host: string, env = {}) =>
      readWebConfig({ ...QUICKSTART, AUTH0_REDIRECT_URI: `https://${host}/callback`, ...env }).hsts.includeSubDomains;
    for (const host of ['app.example.com', 'a.b.example.co.uk', 'app.owner.github.io']) {
      assert.equal(subdomains(host), true, host);
    }
    for (const host of ['example.com', 'example.co.uk', 'owner.github.io', 'localhost', '192.168.0.1', 'intranet']) {
      assert.equal(subdomains(host), false, host);
    }
    assert.equal(subdomains('example.com', { HSTS_INCLUDE_SUBDOMAINS: 'true' }), true);
    assert.equal(subdomains('app.example.com', { HSTS_INCLUDE_SUBDOMAINS: 'false' }), false);
  });

  it('needs no client secret with private_key_jwt, but a key that can sign', () => {
    const method = { AUTH0_CLIENT_AUTH_METHOD: 'private_key_jwt', AUTH0_CLIENT_SECRET: '' };
    const key = (value: string) => webProblems({ ...method, AUTH0_CLIENT_ASSERTION_SIGNING_KEY: value });
    assert.match(webProblems(method).join(), /^AUTH0_CLIENT_ASSERTION_SIGNING_KEY is not set/);
    assert.match(key('no-such-file.pem').join(), /neither a PEM nor the path/);
    assert.match(key('package.json').join(), /no private key/);
    assert.match(key(pem('secp256k1')).join(), /cannot be used here/);
    assert.deepEqual(key(pem('P-384').replaceAll('\n', '\\n')), []);
  });

  it('refuses plain http in production but for this machine, where it warns', () => {
    const production = { ...QUICKSTART, NODE_ENV: 'production' };
    const problems = problemsOf(() =>
      readWebConfig({
        ...production,
        AUTH0_DOMAIN: '',
        ISSUER_BASE_URL: 'http://id.example.com',
        AUTH0_REDIRECT_URI: 'http://app.example.com/callback',
        API_SERVER_URL: 'http://api.example.com',
      }),
    );
    assert.deepEqual(
      problems.map((line) => line.split(' is plain http')[0]),
      ['ISSUER_BASE_URL', 'AUTH0_REDIRECT_URI', 'API_SERVER_URL'],
    );
    assert.match(
      readWebConfig(production).door.warnings.join('\n'),
      /^AUTH0_REDIRECT_URI is plain http \(http:\/\/localhost:5000\)/,
    );
  });

  it('warns of plain http under a name that browsers do not take for this machine', () => {
    const warnings = (url: string) => readWebConfig({ ...QUICKSTART, AUTH0_REDIRECT_URI: url }).door.warnings.join();
    assert.match(warnings('http://app.lan:5000/callback'), /plain http \(http:\/\/app\.lan:5000\).*Fetch Metadata/);
    for (const url of ['https://app.lan/callback', 'http://[::1]:5000/callback']) assert.equal(warnings(url), '');
  });

  it('warns where the browser would come back to another port of this machine', () => {
    assert.match(readWebConfig({ ...QUICKSTART, PORT: '5100' }).door.warnings.join(), /port 5000, but PORT is 5100/);
  });
});
