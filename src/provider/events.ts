import type { EventEmitter } from 'node:events';
import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider';

/** Called with what happens inside the provider; neither tokens nor passwords are in the details. */
export type LogProviderEvent = (event: string, details: object) => void;

/** Reports failures, and the ends of grants and sessions. */
export function logEvents(provider: Provider, log: LogProviderEvent): void {
  provider.on('grant.revoked', (_ctx, grantId) => log('grant.revoked', { grantId }));
  provider.on('backchannel.success', (_ctx, _client, sub, sid) => log('backchannel.success', { sub, sid }));
  provider.on('backchannel.error', (_ctx, err, _client, sub, sid) =>
    log('backchannel.error', {
      sub,
      sid,
      message: err.message,
      cause: (err.cause as Error | undefined)?.message,
    }),
  );
  const refused = (event: string) => (_ctx: KoaContextWithOIDC, err: errors.OIDCProviderError) =>
    log(event, { error: err.error, description: err.error_description, detail: err.error_detail });
  provider.on('authorization.error', refused('authorization.error'));
  provider.on('grant.error', refused('grant.error'));
  provider.on('end_session.error', refused('end_session.error'));
  provider.on('server_error', (_ctx, err) => log('server_error', { err }));
  // Without a listener Koa would print to the console.
  (provider as EventEmitter).on('error', (err: unknown) => log('server_error', { err }));
}
