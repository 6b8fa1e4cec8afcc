import { readDoorConfig } from '../gatehouse/config/door-config.ts';
import { type Env, EnvReader } from '../gatehouse/config/env-reader.ts';
import { createDoor } from '../gatehouse/door/create-door.ts';
import { createParts } from '../gatehouse/door/parts.ts';
import { silent } from '../gatehouse/platform/logger.ts';
import { RedisUnavailableError } from '../gatehouse/platform/redis.ts';
import { PlainError } from '../program/plain-error.ts';
import { type Command, type Outcome, readArgs, UsageError } from './command.ts';

/**
 * Signs a user out everywhere, and ends logins under way, as `door.endSessions` does.
 * @throws ConfigError, and PlainError if sessions are not in Redis, or if it does not answer
 */
async function endSessions(sub: string, env: Env): Promise<Outcome> {
  const reader = new EnvReader(env);
  const config = readDoorConfig(reader);
  reader.done();
  if (!config.redis) throw new PlainError('REDIS_URL is not set: sessions in cookies cannot be ended from elsewhere.');
  // Report refresh tokens that the provider does not revoke; the sessions have ended all the same.
  const warn = ({ reason }: { reason?: string }, message: string) =>
    void process.stderr.write(`${message}${reason ? `: ${reason}` : ''}\n`);
  const door = createDoor(createParts(config, { log: { ...silent, warn } }));
  try {
    const count = await door.endSessions({ sub });
    const whose = `of ${sub}, at ${config.issuer}, in ${config.clientId}`;
    return { text: `${count} ${count === 1 ? 'session' : 'sessions'} ended ${whose}.\n`, exitCode: 0 };
  } catch (error) {
    if (!(error instanceof RedisUnavailableError)) throw error;
    throw new PlainError(`Redis cannot be asked: ${(error.cause as Error).message}; try gatehouse doctor.`);
  } finally {
    // The provider revokes the refresh tokens in the background; the process ends when that is done.
    await door.stop();
  }
}

export const sessions: Command = {
  usage: 'end --sub X',
  about: 'signs the user X (the provider’s sub) out everywhere; needs REDIS_URL; says how many sessions ended',
  run: async (args, env) => {
    const { values, positionals } = readArgs(args, { sub: { type: 'string' } }, 1);
    if (positionals[0] !== 'end')
      throw new UsageError('gatehouse sessions has one use: gatehouse sessions end --sub X');
    if (!values.sub) throw new UsageError('gatehouse sessions end needs a user: --sub X');
    return endSessions(values.sub, env);
  },
};
