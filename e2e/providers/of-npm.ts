import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isOnPath } from '../support/find-tools.ts';
import { startProgram } from '../support/program.ts';
import { waitFor } from '../support/wait-for.ts';
import { CLIENT, type ProviderKind, type Surroundings } from './provider-kind.ts';

const HERE = import.meta.dirname;
const CERTIFICATE = 'localhost.pem';

function missingPackage(name: string): string | undefined {
  return existsSync(join(HERE, 'node_modules', name)) ? undefined : `npm install --prefix e2e/providers`;
}

async function start(script: string, { port, appUrl, dir }: Surroundings) {
  const env = { PORT: String(port), APP_URL: appUrl, CLIENT_ID: CLIENT.id, CLIENT_SECRET: CLIENT.secret, HOME: dir };
  const program = startProgram(process.execPath, [join(HERE, script)], { env });
  await waitFor(`${script} ready`, () => /^ready on/m.test(program.output()));
  return program;
}

/** oauth2-mock-server, which many people's tests use: it signs everybody in at once, and names no scopes. */
export const oauth2MockServer: ProviderKind = {
  name: 'oauth2-mock-server',
  missing: () => missingPackage('oauth2-mock-server'),
  start: (surroundings) => start('oauth2-mock-server.js', surroundings),
  env: ({ port }) => ({ ISSUER_BASE_URL: `http://localhost:${port}` }),
  signIn: undefined,
  claims: { sub: 'johndoe' },
  refresh: { status: 200, api: 401 },
  logout: 'comes back',
};

/** better-auth as a provider: EdDSA, and login pages that its host app makes. */
export const betterAuth: ProviderKind = {
  name: 'better-auth',
  missing: () => missingPackage('better-auth'),
  start: (surroundings) => start('better-auth.js', surroundings),
  env: ({ port }) => ({ ISSUER_BASE_URL: `http://localhost:${port}/api/auth` }),
  signIn: async (page) => {
    await page.locator('input[name=email]').fill('alice@example.com');
    await page.locator('input[name=password]').fill('password');
    await page.getByRole('button').click();
  },
  claims: { name: 'Alice Adams', email: 'alice@example.com' },
  refresh: { status: 200, api: 401 },
  logout: 'ends its session',
};

/** Simulacrum's Auth0: https with its own certificate, no algorithms named, no end-session endpoint. */
export const auth0Simulator: ProviderKind = {
  name: '@simulacrum/auth0-simulator',
  missing: () => (isOnPath('openssl') ? missingPackage('@simulacrum/auth0-simulator') : 'openssl'),
  start: (surroundings) => {
    const certs = join(surroundings.dir, '.simulacrum', 'certs');
    mkdirSync(certs, { recursive: true });
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'];
    const files = ['-keyout', join(certs, 'localhost-key.pem'), '-out', join(certs, CERTIFICATE)];
    execFileSync('openssl', [...request, '-addext', 'subjectAltName=DNS:localhost', ...files], { stdio: 'ignore' });
    return start('auth0-simulator.js', surroundings);
  },
  env: ({ port, dir }) => ({
    ISSUER_BASE_URL: `https://localhost:${port}/`,
    // The only API that it knows when tokens are renewed.
    AUTH0_AUDIENCE: 'https://thefrontside.auth0.com/api/v1/',
    // It recognises clients only by a `client_id` in the form.
    AUTH0_CLIENT_AUTH_METHOD: 'client_secret_post',
    NODE_EXTRA_CA_CERTS: join(dir, '.simulacrum', 'certs', CERTIFICATE),
  }),
  signIn: async (page) => {
    await page.locator('#username').fill('alice@example.com');
    await page.locator('#password').fill('password');
    await page.locator('#submit').click();
  },
  claims: { name: 'Alice Adams', email: 'alice@example.com' },
  refresh: { status: 200, api: 200 },
  logout: 'ends its session',
};
