import { finish } from './command/command.ts';
import { runToken, type TokenSource } from './command/token.ts';
import type { Env } from './gatehouse/config/env-reader.ts';
import { loadEnv } from './program/load-env.ts';
import { readLocalConfig } from './program/local-config.ts';
import { PlainError } from './program/plain-error.ts';

/** `npm run token -- --user bob --scope read:messages`: `gatehouse token`, with curl lines for the template's API. */
await finish(() => runToken(process.argv.slice(2), ofTemplate, loadEnv()));

function ofTemplate(env: Env): TokenSource {
  const { provider, api } = readLocalConfig(env);
  if (!provider || !api) {
    throw new PlainError('An identity provider is configured; npm run token knows only the local one.');
  }
  const paths = ['/api/private', '/api/private-scoped', '/api/messages/admin'];
  return { provider, start: 'npm start', urls: paths.map((path) => api.publicUrl.origin + path) };
}
