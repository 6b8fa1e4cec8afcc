import assert from 'node:assert/strict';
import { createHttpClient, type HttpClient } from './http-client.ts';

/** The address of the form with a password field on the local provider's page. */
export async function signInForm(page: Response): Promise<string> {
  const html = await page.text();
  const action = /action="([^"]*\/sign-in)"/.exec(html)?.[1];
  assert.ok(action, `no sign-in form on ${page.url} (${page.status})`);
  return new URL(action, page.url).href;
}

/**
 * Goes from `start` to the local provider, signs in if the provider asks for it, and returns the app's callback URL
 * with the code.
 */
export async function callbackUrlOf(client: HttpClient, start: string, username: string): Promise<string> {
  let last = await client.follow(await client.get(start), /[?&]code=/);
  if (!last.headers.has('location')) {
    const signedIn = await client.postForm(await signInForm(last), { username, password: 'password' });
    last = await client.follow(signedIn, /[?&]code=/);
  }
  const location = last.headers.get('location');
  assert.ok(location, `no callback after the sign-in, but ${last.status} at ${last.url}`);
  return location;
}

/** Returns where a page leads on to by itself, as the answer to a form does if it leaves the app. */
export async function leadsOnTo(page: Response): Promise<URL> {
  const html = await page.text();
  const [, href] = /<meta http-equiv="refresh" content="0; url=([^"]+)">/.exec(html) ?? [];
  assert.ok(page.status === 200 && href, `${page.status} leads nowhere: ${html.slice(0, 300)}`);
  return new URL(href.replaceAll('&#38;', '&'));
}

/** Does as `callbackUrlOf` for a login in another tab of alice's browser, which is to end at `page`. */
export function callbackOfTab(client: HttpClient, { url }: { readonly url: string }, page: string): Promise<string> {
  return callbackUrlOf(client, `${url}/login?returnTo=${encodeURIComponent(page)}`, 'alice');
}

/** Signs in by way of `start` and returns the page at which the browser ends. */
export async function signIn(client: HttpClient, start: string, username = 'alice'): Promise<Response> {
  const callback = await client.get(await callbackUrlOf(client, start, username));
  return client.follow(callback);
}

/** A new browser in which somebody has signed in. */
export async function signedInAs({ url }: { readonly url: string }, username = 'alice'): Promise<HttpClient> {
  const client = createHttpClient();
  await signIn(client, `${url}/login`, username);
  return client;
}
