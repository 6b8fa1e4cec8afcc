import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOnPath } from '../support/find-tools.ts';
import { startProgram } from '../support/program.ts';
import { waitFor } from '../support/wait-for.ts';
import { CLIENT, type ProviderKind } from './provider-kind.ts';

const SCHEMA = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3';
const SETTINGS = '/etc/glewlwyd/glewlwyd.conf';
const PAGES = '/usr/share/glewlwyd/webapp';
const PAGES_SETTINGS = '/usr/share/glewlwyd/templates/config.json';
const ISSUER_PATH = '/api/oidc';

/** Glewlwyd: an issuer with a path, ES256, a login page made by scripts. */
export const glewlwyd: ProviderKind = {
  name: 'Glewlwyd',
  missing: () =>
    existsSync(SCHEMA) && isOnPath('glewlwyd') && isOnPath('sqlite3')
      ? undefined
      : "Debian's packages glewlwyd and sqlite3",
  start: async ({ port, appUrl, dir }) => {
    const database = join(dir, 'db');
    execFileSync('sqlite3', [database], { input: readFileSync(SCHEMA) });
    // Debian's installation would write what follows when it asks its questions.
    const pages = join(dir, 'pages');
    cpSync(PAGES, pages, { recursive: true, dereference: true, filter: (from) => !from.endsWith('config.json') });
    cpSync(PAGES_SETTINGS, join(pages, 'config.json'));
    const changes: [RegExp, string][] = [
      [/^port=.*/m, `port=${port}`],
      [/^external_url=.*/m, `external_url="http://localhost:${port}"`],
      [/^# static_files_path.*/m, `static_files_path="${pages}"`],
      [/^log_mode=.*/m, 'log_mode="console"'],
      [/^@include "\/etc\/glewlwyd\/glewlwyd-db.conf"/m, `database = { type = "sqlite3"; path = "${database}"; };`],
    ];
    const settings = changes.reduce((text, [from, to]) => text.replace(from, to), readFileSync(SETTINGS, 'utf8'));
    writeFileSync(join(dir, 'conf'), settings);
    const program = startProgram('glewlwyd', [`--config-file=${join(dir, 'conf')}`]);
    await waitFor('Glewlwyd ready', () => / started on port /.test(program.output()));
    await setUp(`http://localhost:${port}`, appUrl);
    return program;
  },
  env: ({ port }) => ({
    ISSUER_BASE_URL: `http://localhost:${port}${ISSUER_PATH}`,
    AUTH0_SCOPE: 'openid',
    // Its access tokens name their scopes where others name the API.
    AUTH0_AUDIENCE: 'openid',
  }),
  signIn: async (page) => {
    await page.locator('#username').fill('alice');
    await page.locator('#password').fill('password');
    await page.locator('#password').press('Enter');
    const goOn = page.getByRole('button', { name: 'Continue' });
    await Promise.race([goOn.click(), page.waitForURL(/\/profile/)]);
  },
  claims: { name: 'Alice Adams', email: 'alice@example.com' },
  refresh: { status: 200, api: 200 },
  // Its own page asks whether to end the session there, and the browser stays on it.
  logout: 'asks',
};

/** What its administration page would do. */
async function setUp(base: string, appUrl: string): Promise<void> {
  let cookie = '';
  const post = async (path: string, body: object) => {
    const headers = { cookie, 'content-type': 'application/json' };
    const answer = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
    assert.equal(answer.status, 200, `${path}: ${await answer.text()}`);
    return answer;
  };
  const signedIn = await post('/api/auth/', { username: 'admin', password: 'password' });
  cookie = signedIn.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const { publicKey: cert, privateKey: key } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await post('/api/mod/plugin/', {
    ...{ module: 'oidc', name: 'oidc', display_name: 'OIDC', enabled: true },
    parameters: {
      ...{ iss: base + ISSUER_PATH, 'jwt-type': 'ecdsa', 'jwt-key-size': '256', key, cert, 'jwks-show': true },
      ...{ 'access-token-duration': 3600, 'refresh-token-duration': 1209600, 'code-duration': 600 },
      ...{ 'refresh-token-rolling': true, 'auth-type-code-enabled': true, 'auth-type-refresh-enabled': true },
      ...{ 'pkce-allowed': true, 'subject-type': 'public', 'name-claim': 'mandatory', 'email-claim': 'mandatory' },
      ...{ 'session-management-allowed': true, 'session-cookie-name': 'OP', 'session-cookie-expiration': 2419200 },
      ...{
        'back-channel-logout-allowed': true,
        'introspection-revocation-allowed': true,
        'introspection-revocation-allow-target-client': true,
        'allowed-scope': ['openid'],
      },
    },
  });
  await post('/api/client/', {
    ...{ client_id: CLIENT.id, client_secret: CLIENT.secret, name: 'The app', confidential: true, enabled: true },
    ...{ redirect_uri: [`${appUrl}/callback`], authorization_type: ['code', 'refresh_token'], scope: [] },
    ...{ token_endpoint_auth_method: ['client_secret_basic'], post_logout_redirect_uris: `${appUrl}` },
  });
  const user = { username: 'alice', name: 'Alice Adams', email: 'alice@example.com', password: 'password' };
  await post('/api/user/', { ...user, enabled: true, scope: ['openid', 'g_profile'] });
}
