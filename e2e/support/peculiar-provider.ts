import type { RequestHandler } from 'express';
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { rewriting } from './provider-faults.ts';
import { callbackUrlOf } from './sign-in.ts';
import { startTokenApp, type TokenApp } from './token-app.ts';

export const DISCOVERY = '/.well-known/openid-configuration';
export const ALGORITHMS = ['RS256', 'ES256', 'ES384', 'PS256', 'EdDSA'] as const;

export type Json = Record<string, unknown>;
type Change = (body: Json, app: TokenApp) => Json | Promise<Json>;

/** What a provider does differently from ours. */
export interface Peculiarity {
  readonly env?: Record<string, string>;
  readonly discovery?: Change;
  readonly jwks?: Change;
  readonly token?: Change;
  readonly userInfo?: RequestHandler;
}

/** Keys of ours that a provider may sign with, made once. */
export const keys = Object.fromEntries(
  await Promise.all(ALGORITHMS.map(async (alg) => [alg, await generateKeyPair(alg, { extractable: true })] as const)),
) as unknown as Record<(typeof ALGORITHMS)[number], Awaited<ReturnType<typeof generateKeyPair>>>;

export const published = async (alg: (typeof ALGORITHMS)[number], kid?: string) => ({
  ...(await exportJWK(keys[alg].publicKey)),
  ...{ alg, use: 'sig', ...(kid !== undefined && { kid }) },
});

/** The ID token of an answer, signed by one of our keys. */
export const signedBy =
  (
    alg: (typeof ALGORITHMS)[number],
    header: Json = { kid: 'ours' },
    claims: (own: JWTPayload, app: TokenApp) => Json = (own) => own,
  ): Change =>
  async (body, app) => ({
    ...body,
    id_token: await new SignJWT(claims(decodeJwt(String(body['id_token'])), app))
      .setProtectedHeader({ alg, ...header })
      .sign(keys[alg].privateKey),
  });
export const listing =
  (alg: string): Change =>
  (body) => ({ ...body, id_token_signing_alg_values_supported: ['RS256', alg] });
export const adding =
  (...more: (() => Promise<Json>)[]): Change =>
  async (body) => ({ keys: [...(body['keys'] as Json[]), ...(await Promise.all(more.map((make) => make())))] });

/** Runs `work` with an app whose provider is peculiar. */
export async function withPeculiarity<T>(
  { env = {}, discovery, jwks, token, userInfo }: Peculiarity,
  work: (app: TokenApp) => Promise<T>,
): Promise<T> {
  // The app asks UserInfo only for what the ID token leaves out.
  const app = await startTokenApp(env, {}, { profileInIdToken: userInfo === undefined });
  const on = (path: string, change: Change | undefined) =>
    change &&
    app.faults.on(
      path,
      rewriting((body) => change(body, app)),
    );
  on(DISCOVERY, discovery);
  on('/jwks', jwks);
  on('/token', token);
  if (userInfo) app.faults.on('/me', userInfo);
  try {
    return await work(app);
  } finally {
    await app.stop();
  }
}

/** Signs alice in there, up to the callback's answer. `iss` replaces what the provider names in the callback. */
export async function signInThere(app: TokenApp, iss?: string): Promise<{ client: HttpClient; answer: Response }> {
  const client = createHttpClient();
  const callback = new URL(await callbackUrlOf(client, `${app.url}/profile`, 'alice'));
  if (iss !== undefined) callback.searchParams.set('iss', iss);
  return { client, answer: await client.get(callback.href) };
}
