import { CookieJar } from './cookie-jar.ts';

/** Just enough of a browser for one sign-in at our own provider. */
export function createBrowser() {
  const jar = new CookieJar();

  /** Follows redirects from `url` up to a page, or to an address that begins with `end`, which is not fetched. */
  async function follow(url: URL, end: string, init: RequestInit = {}): Promise<URL> {
    let current = url;
    let request = init;
    for (let hops = 0; !current.href.startsWith(end); hops += 1) {
      if (hops > 20) throw new Error(`no end of redirects at ${current.href}`);
      const response = await fetch(current, { ...request, headers: { cookie: jar.header }, redirect: 'manual' });
      jar.keep(response);
      await response.body?.cancel();
      const location = response.headers.get('location');
      if (!location) return current;
      current = new URL(location, current);
      request = {};
    }
    return current;
  }

  return {
    follow,
    /** Sends the form of the sign-in page, and goes on as `follow` does. */
    signIn: (page: URL, fields: { username: string; password: string }, end: string): Promise<URL> =>
      follow(new URL(`${page.pathname}/sign-in`, page), end, { method: 'POST', body: new URLSearchParams(fields) }),
  };
}
