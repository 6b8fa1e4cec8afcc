import { PlainError } from '../program/plain-error.ts';
import type * as Module from './start-provider.ts';

/**
 * Loads the module that starts the provider. Nothing else imports it, because it needs oidc-provider, which host apps
 * install only for their tests, and this repository only for development.
 * @throws PlainError if oidc-provider is not installed
 */
export async function loadProvider(): Promise<typeof Module> {
  try {
    return await import('./start-provider.ts');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' || !/'oidc-provider'/.test(message)) throw error;
    throw new PlainError(
      'The local OpenID provider needs oidc-provider, which is not installed: set AUTH0_DOMAIN or ISSUER_BASE_URL to use yours, or run: ' +
        'npm install --save-dev oidc-provider@9 (in a clone: npm ci --include=dev)',
      { cause: error },
    );
  }
}
