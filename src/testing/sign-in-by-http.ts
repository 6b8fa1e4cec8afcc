import { createBrowser } from '../provider/browser.ts';
import { makeUser } from './make-user.ts';
import type { TestUser } from './test-user.ts';
import { refusedBy } from './refused.ts';

/** An answer of the app. */
interface Answer {
  readonly status: number;
  /** Where it redirects to, if anywhere. */
  readonly location: string | null;
  readonly text: string;
}

/**
 * Signs in at an app through `get`, which keeps the app's cookies and follows no redirects. Requests to the provider go
 * there directly, with cookies that nobody keeps, so each sign-in is a new browser to it.
 * @throws Error that says how far it got
 */
export async function signInByHttp(
  get: (url: string) => Promise<Answer>,
  login: string,
  user: TestUser,
): Promise<void> {
  const { status, location, text } = await get(login);
  const authorization = location !== null && URL.canParse(location) ? new URL(location) : undefined;
  const redirectUri = authorization?.searchParams.get('redirect_uri');
  if (!authorization || !redirectUri) {
    const followed = status < 300 ? '; a fetch must not follow redirects by itself when told so' : '';
    throw refusedBy(`${login} leads to no provider${followed}`, status, text);
  }
  const browser = createBrowser();
  const page = await browser.follow(authorization, redirectUri);
  const isOver = page.href.startsWith(redirectUri);
  const callback = isOver ? page : await browser.signIn(page, await makeUser(page, user), redirectUri);
  if (!callback.href.startsWith(redirectUri))
    throw new Error(`the provider did not sign ${user.sub} in at ${page.href}`);
  const answer = await get(callback.href);
  if (answer.status < 400) return;
  const hint = answer.status === 400 ? '; does the client keep cookies?' : '';
  throw refusedBy(`the app did not sign ${user.sub} in${hint}`, answer.status, answer.text);
}
