import { randomUUID } from 'node:crypto';
import { createHttpClient } from '../e2e/support/http-client.ts';
import { signIn } from '../e2e/support/sign-in.ts';
import type { ContestantName } from './contestants.ts';
import { type SessionSize, sizeOfNewKeys } from './session-size.ts';
import type { Stage } from './stage.ts';
import type { Cookies } from './views.ts';

/** The one user of the benchmark, signed in at every contestant. */
export interface SignedIn {
  readonly cookies: Cookies;
  /** The provider's cookies, as a `Cookie` header: a browser that has them need not sign in again. */
  readonly providerCookies: Readonly<Record<'ours' | 'sdk', string>>;
  readonly userName: string;
  readonly sessions: Readonly<Record<ContestantName, SessionSize>>;
}

/** Signs in through the provider's form; `bare`, which has no login, gets a session with the same claims. */
export async function signInEverywhere(stage: Stage): Promise<SignedIn> {
  const sdk = await signInTo(stage, 'sdk');
  const ours = await signInTo(stage, 'ours');
  const { user } = sdk;
  const id = randomUUID();
  const [size] = await sizeOfNewKeys(stage.redis, () =>
    stage.redis.set(`bare:${id}`, JSON.stringify({ user }), { expiration: { type: 'EX', value: 86_400 } }),
  );
  return {
    cookies: { bare: `session=${id}`, ours: ours.cookie, sdk: sdk.cookie },
    providerCookies: { ours: ours.providerCookie, sdk: sdk.providerCookie },
    userName: String(user['name']),
    sessions: { bare: size, ours: ours.size, sdk: sdk.size },
  };
}

async function signInTo(stage: Stage, name: 'ours' | 'sdk') {
  const { url } = stage.contestants[name];
  const client = createHttpClient();
  const [size] = await sizeOfNewKeys(stage.redis, () => signIn(client, `${url}/login`));
  const profile = await client.get(`${url}/profile`, { accept: 'application/json' });
  if (!profile.ok) throw new Error(`${name} answers with ${profile.status} after the sign-in`);
  // Contestant and provider are both on localhost, and cookies do not tell ports apart.
  const cookies = await client.jar.getCookies(url);
  const header = (wanted: (key: string) => boolean) =>
    cookies
      .filter(({ key }) => wanted(key))
      .map((cookie) => cookie.cookieString())
      .join('; ');
  return {
    size,
    user: ((await profile.json()) as { user: Record<string, unknown> }).user,
    cookie: header((key) => !isOfProvider(key)),
    providerCookie: header(isOfProvider),
  };
}

const isOfProvider = (key: string) => key.startsWith('provider_');
