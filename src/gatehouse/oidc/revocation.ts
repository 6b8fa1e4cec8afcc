import { tokenRevocation } from 'openid-client';
import type { ProviderClient } from './provider-client.ts';
import { aboutSession, type SessionContent } from '../session/session-content.ts';
import { withDeadline } from '../platform/deadline.ts';
import type { LogFields, Observe } from '../platform/events.ts';
import type { Logger } from '../platform/logger.ts';

/** How long a logout waits for the revocation. */
const PATIENCE_MS = 2000;

export type Revocation = ReturnType<typeof createRevocation>;

export function createRevocation(provider: ProviderClient, log: Logger, observe: Observe) {
  async function tell(refreshToken: string, about: LogFields): Promise<boolean> {
    try {
      const configuration = await provider.configuration();
      if (!configuration.serverMetadata().revocation_endpoint) return true;
      await tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' });
      observe({ event: 'token.revoked', ...about });
      return true;
    } catch (error) {
      log.warn({ reason: (error as Error).message }, 'a refresh token was not revoked');
      return false;
    }
  }
  const revoke = (refreshToken: string, about: LogFields = {}): Promise<boolean> =>
    withDeadline(tell(refreshToken, about), PATIENCE_MS).catch(() => false);
  return {
    /** Gives a refresh token back (RFC 7009), if the provider takes any. Never rejects: sessions end without it. */
    revoke,
    /** The same for ended sessions, one after another, in the background; not while the provider is away. */
    giveBack: (ended: readonly SessionContent[]): void => {
      void ended.reduce(async (all, content) => {
        const { refresh_token: token } = content;
        return (await all) && (token === undefined || revoke(token, aboutSession(content)));
      }, Promise.resolve(true));
    },
  };
}
