import { CookieJar } from 'tough-cookie';

/** A browser without a screen: keeps cookies, follows no redirect by itself. */
export interface HttpClient {
  readonly jar: CookieJar;
  get(url: string, headers?: Record<string, string>): Promise<Response>;
  /** Any other request; cookies go along. */
  send(url: string, init: RequestInit): Promise<Response>;
  postForm(url: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** Follows redirects of `response` until something else comes, or until a location that `stopAt` matches. */
  follow(response: Response, stopAt?: RegExp): Promise<Response>;
}

/** `always` are headers of every request; `saw` gets every answer. */
export function createHttpClient(
  always: Record<string, string> = {},
  saw: (response: Response) => void = () => {},
): HttpClient {
  const jar = new CookieJar();

  async function send(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers({ ...always, ...(init.headers as Record<string, string> | undefined) });
    const cookie = await jar.getCookieString(url);
    if (cookie) headers.set('cookie', cookie);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    saw(response);
    for (const line of response.headers.getSetCookie()) await jar.setCookie(line, url, { ignoreError: true });
    return response;
  }

  const get = (url: string, headers: Record<string, string> = {}) =>
    send(url, { headers: { accept: 'text/html', ...headers } });

  return {
    jar,
    get,
    send,
    postForm: (url, form, headers = {}) =>
      send(url, {
        method: 'POST',
        headers: { accept: 'text/html', 'sec-fetch-site': 'same-origin', ...headers },
        body: new URLSearchParams(form),
      }),
    follow: async (response, stopAt) => {
      let current = response;
      for (let hops = 0; hops < 20; hops += 1) {
        const location = current.headers.get('location');
        if (!location || stopAt?.test(location)) return current;
        current = await get(new URL(location, current.url).href);
      }
      throw new Error(`no end of redirects at ${current.url}`);
    },
  };
}
