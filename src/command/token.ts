import { EnvReader, type Env } from '../gatehouse/config/env-reader.ts';
import { readIssuer } from '../gatehouse/config/common-config.ts';
import { PlainError } from '../program/plain-error.ts';
import { namesProvider, type ProviderConfig, readProviderConfig } from '../program/provider-config.ts';
import { DEMO_USERS } from '../provider/demo-users.ts';
import { requestToken } from '../provider/request-token.ts';
import { type Command, type Outcome, readArgs } from './command.ts';

/** Where tokens come from, and what to do with them. */
export interface TokenSource {
  readonly provider: Pick<ProviderConfig, 'issuer' | 'clientId' | 'clientSecret' | 'redirectUri' | 'audience'>;
  /** The command that starts the provider. */
  readonly start: string;
  /** Where to try the token. */
  readonly urls: readonly string[];
}

/**
 * `--user bob --scope read:messages`: gets an access token of a demo user from the running local provider, with curl
 * lines to try it. @throws UsageError, and an Error that says what to do
 */
export async function runToken(args: readonly string[], source: (env: Env) => TokenSource, env: Env): Promise<Outcome> {
  const { values } = readArgs(args, {
    user: { type: 'string', default: 'carol' },
    scope: { type: 'string', default: '' },
  });
  const { provider, start, urls } = source(env);
  const user = DEMO_USERS.find(({ username }) => username === values.user);
  if (!user) {
    const names = DEMO_USERS.map(({ username }) => username).join(', ');
    throw new PlainError(`There is no demo user ${values.user}; there are ${names}.`);
  }
  const scopes = values.scope.split(/[\s,]+/).filter(Boolean);
  const got = await requestToken(provider, { ...user, scopes }).catch(
    (error: Error & { cause?: { code?: string } }) => {
      if (error.cause?.code !== 'ECONNREFUSED') throw error;
      throw new PlainError(`The local provider does not answer. Start it first: ${start}`, { cause: error });
    },
  );
  const { access_token, scope, expires_in } = got;
  const lines = [
    `Access token of ${user.username} for ${provider.audience}, good for ${expires_in} seconds:`,
    '',
    access_token,
    '',
    `Scopes granted: ${scope}. Permissions: ${user.permissions.join(' ') || 'none'}.`,
    '',
    ...urls.map((url) => `  curl -H "Authorization: Bearer ${access_token}" ${url}`),
  ];
  return { text: `${lines.join('\n').trimEnd()}\n`, exitCode: 0 };
}

/** The provider that `gatehouse provider` runs. @throws ConfigError, and PlainError if another is configured */
function ofHost(env: Env): TokenSource {
  const provider = readProviderConfig(env);
  const named = namesProvider(env) ? readIssuer(new EnvReader(env), false) : provider.issuer;
  if (named !== provider.issuer) {
    throw new PlainError(`${named} is configured, and gatehouse token knows only the local one, ${provider.issuer}.`);
  }
  return { provider, start: 'npx gatehouse provider', urls: [] };
}

export const token: Command = {
  usage: '[--user carol] [--scope read:messages]',
  about: 'an access token of a demo user, from the running local provider',
  run: (args, env) => runToken(args, ofHost, env),
};
