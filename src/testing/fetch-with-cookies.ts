import { CookieJar } from '../provider/cookie-jar.ts';
import { latestApp } from './running.ts';

/** A `fetch` for one app, which accepts the app's paths, too. */
export type FetchWithCookies = (url: string | URL, init?: RequestInit) => Promise<Response>;

const REDIRECTS = 20;

/**
 * Makes a `fetch` that keeps the cookies of one app, like a browser; each call makes a new browser. It asks for pages,
 * and says that its requests come from the app's own pages, unless `headers` say otherwise. It follows redirects within
 * the app, with cookies, and returns a redirect that leads elsewhere.
 * @param appUrl origin of the app; default: the app of the provider that `startProvider` started last in this process
 * @throws Error if `appUrl` is missing and no provider runs in this process
 */
export function fetchWithCookies(appUrl: string | undefined = latestApp()): FetchWithCookies {
  if (appUrl === undefined)
    throw new Error('fetchWithCookies(appUrl): say where the app is, or start a provider first');
  const { origin } = new URL(appUrl);
  const jar = new CookieJar();

  async function send(url: URL, init: RequestInit): Promise<Response> {
    const headers = new Headers({ accept: 'text/html', 'sec-fetch-site': 'same-origin' });
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    if (jar.header) headers.set('cookie', jar.header);
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    jar.keep(response);
    return response;
  }

  return async (address, init = {}) => {
    let url = new URL(address, origin);
    if (url.origin !== origin) throw new Error(`this fetch is for ${origin}, not for ${url.origin}`);
    let request = init;
    for (let hops = 0; hops <= REDIRECTS; hops += 1) {
      const response = await send(url, request);
      const location = response.headers.get('location');
      if (location === null || response.status < 300 || response.status >= 400) return response;
      if (init.redirect === 'manual') return response;
      url = new URL(location, url);
      if (url.origin !== origin) return response;
      if (init.redirect === 'error') throw new TypeError(`a redirect to ${url.href}`);
      await response.body?.cancel();
      if (isToBeGot(response.status, request.method)) request = asGet(request);
    }
    throw new Error(`no end of redirects at ${url.href}`);
  };
}

/** Whether a redirect turns the request into a GET, by the fetch standard; 307 and 308 never do. */
function isToBeGot(status: number, method = 'GET'): boolean {
  const sent = method.toUpperCase();
  return status === 303 ? sent !== 'HEAD' : sent === 'POST' && (status === 301 || status === 302);
}

function asGet({ body: _body, headers, ...rest }: RequestInit): RequestInit {
  const kept = new Headers(headers);
  kept.delete('content-type');
  return { ...rest, method: 'GET', headers: kept };
}
