import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';

/**
 * `npm run setup:auth0`: registers this app at the tenant that the Auth0 CLI is logged in to, and writes `.env`
 * for it. Prints no secret.
 */
const APP_URL = 'http://localhost:5000';

function auth0(...args: string[]): unknown {
  return JSON.parse(execFileSync('auth0', [...args, '--json', '--no-input'], { encoding: 'utf8' }));
}

function setUp(): string {
  if (existsSync('.env')) throw new Error('.env already exists and stays as it is; move it away first.');
  const tenants = auth0('tenants', 'list') as { name: string; active: boolean }[];
  const domain = tenants.find((tenant) => tenant.active)?.name;
  if (!domain) throw new Error('The Auth0 CLI is logged in to no tenant; run: auth0 login');
  const app = auth0(
    ...['apps', 'create', '--name', 'Gatehouse', '--type', 'regular', '--reveal-secrets'],
    ...['--callbacks', `${APP_URL}/callback`, '--logout-urls', APP_URL, '--web-origins', APP_URL],
  ) as { client_id: string; client_secret: string };
  const lines = [
    `AUTH0_DOMAIN=${domain}`,
    `AUTH0_CLIENT_ID=${app.client_id}`,
    `AUTH0_CLIENT_SECRET=${app.client_secret}`,
    `AUTH0_SECRET=${randomBytes(64).toString('hex')}`,
    `AUTH0_REDIRECT_URI=${APP_URL}/callback`,
  ];
  writeFileSync('.env', `${lines.join('\n')}\n`, { mode: 0o600, flag: 'wx' });
  return `The application "Gatehouse" is registered at ${domain}, and .env is written. Start with: npm start`;
}

try {
  process.stdout.write(`${setUp()}\n`);
} catch (error) {
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const hint = 'There is no Auth0 CLI on this machine; see https://github.com/auth0/auth0-cli';
  process.stderr.write(`${isMissing ? hint : (error as Error).message}\n`);
  process.exitCode = 1;
}
