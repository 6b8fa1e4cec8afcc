import type { SessionContent } from './session-content.ts';

export const ID_TOKEN =
  'eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlLyIsInN1YiI6ImxvY2FsfGFsaWNlIiwiYXVkIjoiY2xpZW50IiwiaWF0IjoxNzYzOTk5OTk5LCJleHAiOjE3NjQwMDM1OTksIm5hbWUiOiJBbGljZSBvZiB0aGUgSUQgdG9rZW4ifQ.c2lnbmF0dXJl';
export const SIGNED_CLAIMS = {
  iss: 'https://issuer.example/',
  sub: 'local|alice',
  aud: 'client',
  iat: 1763999999,
  exp: 1764003599,
  name: 'Alice of the ID token',
};

/** The content of the golden values, both in Redis and in cookies. Once written, neither may ever change. */
export const GOLDEN_CONTENT: SessionContent = {
  claims: { ...SIGNED_CLAIMS, email: 'alice@example.com' },
  id_token: ID_TOKEN,
  access_token: 'at-1',
  refresh_token: 'rt-1',
  token_type: 'Bearer',
  expires_at: 1764000600,
  expires_in: 600,
  scope: 'openid email',
  asked: { at: 1763999990, acr_values: 'urn:mfa' },
  logins: ['login-2', 'login-1'],
  sid: 'provider-session',
};
