import { parseArgs } from 'node:util';
import { ConfigError } from './gatehouse/config/env-reader.ts';
import { loadEnv } from './program/load-env.ts';
import { readLocalConfig } from './program/local-config.ts';
import { DEMO_USERS } from './provider/demo-users.ts';
import { requestToken } from './provider/request-token.ts';

/**
 * `npm run token -- --user bob --scope read:messages`: an access token from the running local provider, and the
 * curl lines to try the API with.
 */
async function main(): Promise<string> {
  const { values } = parseArgs({
    options: { user: { type: 'string', default: 'carol' }, scope: { type: 'string', default: '' } },
  });
  const { provider, web, api } = readLocalConfig(loadEnv());
  if (!provider || !api) {
    throw new Error('An identity provider is configured; npm run token knows only the local one.');
  }
  const user = DEMO_USERS.find(({ username }) => username === values.user);
  if (!user) {
    const names = DEMO_USERS.map(({ username }) => username).join(', ');
    throw new Error(`There is no demo user ${values.user}; there are ${names}.`);
  }
  const scopes = values.scope.split(/[\s,]+/).filter(Boolean);
  const { access_token, scope, expires_in } = await requestToken(
    { ...web.door, audience: provider.audience, clientSecret: provider.clientSecret },
    { ...user, scopes },
  );
  const url = api.publicUrl.origin;
  const curl = (path: string) => `  curl -H "Authorization: Bearer ${access_token}" ${url}${path}`;
  return [
    `Access token of ${user.username} for ${provider.audience}, good for ${expires_in} seconds:`,
    '',
    access_token,
    '',
    `Scopes granted: ${scope}. Permissions: ${user.permissions.join(' ') || 'none'}.`,
    '',
    curl('/api/private'),
    curl('/api/private-scoped'),
    curl('/api/messages/admin'),
  ].join('\n');
}

try {
  process.stdout.write(`${await main()}\n`);
} catch (error) {
  const { message, cause } = error as Error & { cause?: { code?: string } };
  const isAway = cause?.code === 'ECONNREFUSED';
  const hint = 'The local provider does not answer. Start it first: npm start';
  process.stderr.write(`${isAway && !(error instanceof ConfigError) ? hint : message}\n`);
  process.exitCode = 1;
}
