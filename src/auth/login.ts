import type { Response } from 'express';
import type { WebConfig } from '../config/web-config.ts';
import type { ProviderClient } from './provider-client.ts';
import { safeReturnTo } from './return-to.ts';

/** The address that begins a login and comes back to `returnTo`. */
export function loginUrl(returnTo: string): string {
  return returnTo === '/' ? '/login' : `/login?returnTo=${encodeURIComponent(returnTo)}`;
}

/**
 * Sends the browser to the provider to sign in, and afterwards to `returnTo` where that is a page of this app.
 * @throws ProviderUnavailableError
 */
export async function beginLogin(
  res: Response,
  { config, provider }: { config: Pick<WebConfig, 'callbackPath'>; provider: ProviderClient },
  options: { returnTo: unknown; authorizationParams?: Record<string, string> },
): Promise<void> {
  await provider.configuration(); // tells an outage; the SDK's own error for it has no name
  await res.oidc.login({
    returnTo: safeReturnTo(options.returnTo, config.callbackPath),
    ...(options.authorizationParams && { authorizationParams: options.authorizationParams }),
  });
}
