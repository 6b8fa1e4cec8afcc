import assert from 'node:assert/strict';
import { createHttpClient, type HttpClient } from './http-client.ts';
import type { SdkHost } from './sdk-host.ts';
import { signIn } from './sign-in.ts';

export const JSON_ONLY = { accept: 'application/json' };
export const BY_EVENT_SOURCE = { accept: 'text/event-stream', 'sec-fetch-dest': 'empty' };

export type SdkVisit = ReturnType<typeof visitTo>;

/** What the steps do at an app. */
export function visitTo({ url, providerUrl }: Pick<SdkHost, 'url' | 'providerUrl'>) {
  return {
    url,

    signedIn: async (username: string): Promise<HttpClient> => {
      const client = createHttpClient();
      assert.equal((await signIn(client, `${url}/sign-in`, username)).status, 200);
      return client;
    },

    /** The status, and a redirect's target, JSON without its request id, an error page's words, or the text. */
    seen: async (response: Response): Promise<[number, unknown]> => {
      const { status, headers } = response;
      const location = headers.get('location');
      if (location) return [status, new URL(location, url).origin === providerUrl ? 'to the provider' : location];
      const text = await response.text();
      if (!/json/.test(headers.get('content-type') ?? '')) {
        const [, words = text] = /look-of-the-host.*<p>(.*)<\/p>/s.exec(text) ?? [];
        return [status, words];
      }
      const { request_id: _, message: __, ...body } = JSON.parse(text) as Record<string, unknown>;
      return [status, body];
    },

    messages: async (client: HttpClient): Promise<[number, { for: string; token: string }]> => {
      const answer = await client.get(`${url}/messages`, JSON_ONLY);
      return [answer.status, (await answer.json()) as { for: string; token: string }];
    },

    /** Reads the first `count` events of the stream, and leaves it. `meanwhile` runs when the first event has come. */
    events: async (client: HttpClient, count: number, meanwhile?: () => Promise<unknown>) => {
      const leave = new AbortController();
      const headers = { ...BY_EVENT_SOURCE };
      const response = await client.send(`${url}/events`, { headers, signal: leave.signal });
      let text = '';
      assert.ok(response.body);
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        if (text === '') await meanwhile?.();
        text += chunk;
        if (text.split('\n\n').length > count) break;
      }
      leave.abort();
      return [response.status, response.headers.get('content-type'), ...text.split('\n\n').slice(0, count)];
    },
  };
}

/** Returns those of `words` that a page contains. */
export async function told(page: Response, ...words: readonly string[]): Promise<string[]> {
  const text = await page.text();
  return words.filter((word) => text.includes(word));
}

/** Submits the provider's form as its page does by itself. */
export async function signOutAtProvider(client: HttpClient, page: Response): Promise<Response> {
  const html = await page.text();
  const [, action = ''] = /action="([^"]+)"/.exec(html) ?? [];
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(html) ?? [];
  assert.ok(action && xsrf && html.includes('data-submit-now'), html);
  return client.postForm(new URL(action, page.url).href, { xsrf, logout: 'yes' });
}
