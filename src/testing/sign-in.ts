import type { AgentLike, FetchLike, PageLike } from './clients.ts';
import { latestApp } from './running.ts';
import { signInByHttp } from './sign-in-by-http.ts';
import { signInByPage } from './sign-in-by-page.ts';
import type { TestUser } from './test-user.ts';

export interface SignInOptions {
  /** Origin of the app. Default: the app of the provider that `startProvider` started last in this process. */
  readonly appUrl?: string;
  /** Path of the door's login, if `paths` names another one. Default `/login`. */
  readonly loginPath?: string;
  /** Page of the app on which a browser ends up. Default `/`. */
  readonly returnTo?: string;
}

/**
 * Signs `user` in at the app as a person does, through the app's login and the provider behind it. From then on the
 * client has a session at the app. The provider makes the user on the spot, so use that of `startProvider` or
 * `gatehouse provider`. A user who has this `sub` already gets the claims of `user`; `{ sub }` alone changes nobody.
 *
 * @param client a `fetch` that keeps cookies (`fetchWithCookies`), a supertest agent (`request.agent(app)`), or a
 *   Playwright page, which ends up at `returnTo`. Without `appUrl` and without a provider in this process, a page needs
 *   a `baseURL` of its own; an agent asks for paths only, and needs none.
 * @throws Error that says how far it got, with the app's answer if the app refused the user
 */
export async function signIn(
  client: FetchLike | AgentLike | PageLike,
  user: TestUser,
  options: SignInOptions = {},
): Promise<void> {
  const { appUrl = latestApp(), loginPath = '/login', returnTo = '/' } = options;
  // `prompt`, because somebody else may be signed in at the provider already.
  const login = `${loginPath}?${new URLSearchParams({ returnTo, prompt: 'login' }).toString()}`;
  const absolute = appUrl === undefined ? undefined : new URL(login, appUrl).href;
  if (isPage(client)) return signInByPage(client, absolute ?? login, user);
  if (typeof client === 'function') {
    if (absolute === undefined) throw new Error('signIn: say where the app is: signIn(fetch, user, { appUrl })');
    return signInByHttp((url) => byFetch(client, url), absolute, user);
  }
  if (typeof (client as Partial<AgentLike>).get !== 'function') {
    throw new TypeError('signIn takes a fetch that keeps cookies, a supertest agent or a Playwright page');
  }
  return signInByHttp((url) => byAgent(client, url), login, user);
}

function isPage(client: object): client is PageLike {
  return typeof (client as Partial<PageLike>).goto === 'function';
}

async function byFetch(fetch: FetchLike, url: string) {
  const response = await fetch(url, { redirect: 'manual', headers: { accept: 'text/html' } });
  return { status: response.status, location: response.headers.get('location'), text: await response.text() };
}

async function byAgent(agent: AgentLike, url: string) {
  // Only the path and query: the agent finds the app by itself, and may not be able to reach the full address.
  const { pathname, search } = new URL(url, 'http://localhost');
  const { status, headers, text } = await agent.get(pathname + search).redirects(0);
  const { location } = headers;
  return { status, location: typeof location === 'string' ? location : null, text };
}
