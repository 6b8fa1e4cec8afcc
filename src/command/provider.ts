import type { Env } from '../gatehouse/config/env-reader.ts';
import { readProviderConfig } from '../program/provider-config.ts';
import { run } from '../program/run.ts';
import { loadProvider } from '../provider/load-provider.ts';
import { DEMO_PASSWORD, DEMO_USERS } from '../provider/demo-users.ts';
import { type Command, readArgs } from './command.ts';

/** Runs the local OpenID provider, in which tests can create users, until a signal stops it. Ends the process. */
export async function runProvider(
  env: Env,
  sayReady: (config: ReturnType<typeof readProviderConfig>) => void,
): Promise<void> {
  await run(async () => {
    const config = readProviderConfig(env);
    const { startProvider } = await loadProvider();
    const running = await startProvider(config, { usersOnTheSpot: true });
    sayReady(config);
    return running;
  });
}

export const provider: Command = {
  usage: '',
  about: 'a local OpenID provider, for development and tests',
  run: async (args, env) => {
    readArgs(args, {});
    // Anybody may sign in there as anybody, so only this machine can reach it unless `HOST` says otherwise.
    await runProvider({ ...env, HOST: env['HOST']?.trim() || 'localhost' }, (config) => {
      const lines = [
        'For the app, in its environment or .env (AUTH0_SECRET is any text of 32 characters or more):',
        `  ISSUER_BASE_URL=${config.issuer}`,
        `  AUTH0_CLIENT_ID=${config.clientId}`,
        `  AUTH0_CLIENT_SECRET=${env['AUTH0_CLIENT_SECRET']?.trim() ? '(as you have set it)' : config.clientSecret}`,
        `  AUTH0_REDIRECT_URI=${config.redirectUri}`,
        `Who can sign in: ${DEMO_USERS.map(({ username }) => username).join(', ')}; password: ${DEMO_PASSWORD}`,
        'Ctrl-C stops it.',
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
    return undefined;
  },
};
