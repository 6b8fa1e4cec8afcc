import type { AgentLike, FetchLike, PageLike } from './clients.ts';
import { latestApp } from './running.ts';
import { signInByHttp } from './sign-in-by-http.ts';
import { signInByPage } from './sign-in-by-page.ts';
import type { TestUser } from './test-user.ts';

export interface SignInOptions {
  /** Origin of the app. Default: that of the provider that `startProvider` started last in this process. */
  readonly appUrl?: string;
  /** The door's own, where `paths` has another. Default `/login`. */
  readonly loginPath?: string;
  /** Page of the app at which a browser ends. Default `/`. */
  readonly returnTo?: string;
}

/**
 * Signs `user` in at the app, by way of its login and the provider behind that, as a person does. From then on the client
 * has the app's session. The user is made at the provider on the spot: it must be one of `startProvider`, or of
 * `gatehouse provider`. Whoever has this `sub` there already becomes what `user` says; `{ sub }` alone changes nobody.
 *
 * @param client a `fetch` that keeps cookies (`fetchWithCookies`), a supertest agent (`request.agent(app)`), or a page of
 *   Playwright's, which ends at `returnTo`. Without `appUrl`, and where no provider runs in this process, a page needs the
 *   `baseURL` of its own; an agent asks for paths only, and needs none.
 * @throws Error that says how far it came, with the app's answer where that refused the user
 */
export async function signIn(
  client: FetchLike | AgentLike | PageLike,
  user: TestUser,
  options: SignInOptions = {},
): Promise<void> {
  const { appUrl = latestApp(), loginPath = '/login', returnTo = '/' } = options;
  // `prompt`: whoever is signed in at the provider already may be somebody else.
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
  // Also of an address that the agent would not find: it looks for the app by itself.
  const { pathname, search } = new URL(url, 'http://localhost');
  const { status, headers, text } = await agent.get(pathname + search).redirects(0);
  const { location } = headers;
  return { status, location: typeof location === 'string' ? location : null, text };
}
