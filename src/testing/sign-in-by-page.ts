import type { PageLike } from './clients.ts';
import { makeUser } from './make-user.ts';
import { refusedBy } from './refused.ts';
import type { TestUser } from './test-user.ts';

/** Signs in on the provider's own page. @throws Error that says how far it got */
export async function signInByPage(page: PageLike, login: string, user: TestUser): Promise<void> {
  await page.goto(login);
  const provider = new URL(page.url());
  const isAway = ({ origin, searchParams }: URL) =>
    origin !== provider.origin && searchParams.has('state') && (searchParams.has('code') || searchParams.has('error'));
  if (!/\/interaction\//.test(provider.pathname)) {
    throw refusedBy(`${login} leads to no sign-in page of a local provider, but to ${provider.href}`, undefined, '');
  }
  const { username, password } = await makeUser(provider, user);
  await page.fill('input[name=username]', username);
  await page.fill('input[name=password]', password);
  const [callback] = await Promise.all([
    page.waitForResponse((response) => isAway(new URL(response.url()))),
    page.press('input[name=password]', 'Enter'),
  ]);
  await page.waitForURL(({ origin }) => origin !== provider.origin);
  if (callback.status() < 400) return;
  throw refusedBy(`the app did not sign ${user.sub} in`, callback.status(), await page.innerText('body'));
}
