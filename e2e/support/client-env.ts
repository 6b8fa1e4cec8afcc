/** The settings of a test's app as a client. */
export const CLIENT = {
  AUTH0_CLIENT_ID: 'client-of-the-tests',
  AUTH0_CLIENT_SECRET: 'client-secret-of-the-tests-and-of-nobody-else',
  AUTH0_SECRET: 'session-secret-of-the-tests-and-of-nobody-else',
};

/** All settings that an app needs to start, with a provider that is away. */
export const AWAY_ENV = { ISSUER_BASE_URL: 'http://localhost:1', ...CLIENT };

/** The settings that an app on `port` and a local provider on `providerPort` share. */
export function clientEnv(port: number, providerPort: number) {
  return {
    PORT: String(port),
    PROVIDER_PORT: String(providerPort),
    ISSUER_BASE_URL: `http://localhost:${providerPort}`,
    AUTH0_REDIRECT_URI: `http://localhost:${port}/callback`,
    ...CLIENT,
  };
}
