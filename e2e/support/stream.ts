import type { HttpClient } from './http-client.ts';
import { waitFor } from './wait-for.ts';

/** Reads an answer as it comes. `ended` rejects if the answer is cut off. */
export async function openStream(client: HttpClient, url: string) {
  const leave = new AbortController();
  const response = await client.send(url, { signal: leave.signal });
  let text = '';
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
  };
  const ended = read();
  ended.catch(() => undefined);
  return {
    response,
    ended,
    text: () => text,
    says: (expected: RegExp) => waitFor(String(expected), () => expected.test(text), 5000),
    leave: () => leave.abort(),
  };
}
