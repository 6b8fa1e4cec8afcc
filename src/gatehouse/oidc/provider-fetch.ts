import type { Logger } from '../platform/logger.ts';

/** An object of JSON. */
export type Json = Readonly<Record<string, unknown>>;

const isText = (value: unknown) => typeof value === 'string' && value !== '';
/** What each must be. */
const OPTIONAL_FIELDS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ...(['refresh_token', 'scope', 'id_token'] as const).map((name) => [name, isText] as const),
  ['expires_in', (value: unknown) => (isText(value) || typeof value === 'number') && Number(value) >= 0],
]);

/**
 * A token answer (RFC 6749 section 5.1) without optional fields that make no sense: providers write `null` or "" for
 * what is absent, and no such field is worth failing a login. The names of those fields are logged.
 */
export function tidyTokenAnswer(body: Json, log: Logger): Json {
  const odd = Object.keys(body).filter((name) => OPTIONAL_FIELDS.get(name)?.(body[name]) === false);
  const wrong = odd.filter((name) => body[name]);
  if (wrong.length > 0) log.warn({ fields: wrong }, 'a token answer has fields that make no sense');
  return Object.fromEntries(Object.entries(body).filter(([name]) => !odd.includes(name)));
}

/**
 * An answer whose JSON, read once by whoever asks for it, passes through `tidy`: a clone costs more than all the rest.
 * `onFault` hears why it cannot be read.
 */
export function readingJson(
  response: Response,
  tidy: (body: Json) => Json,
  onFault: (error: unknown) => void = () => {},
): Response {
  const json = async () => {
    try {
      return tidy((await Response.prototype.json.call(response)) as Json);
    } catch (error) {
      onFault(error);
      throw error;
    }
  };
  return Object.assign(response, { json });
}

/**
 * An OAuth error without the challenge that RFC 6749 section 5.2 wants with it: openid-client would read only the
 * challenge, and we would not learn the error.
 */
export function withoutChallenge(response: Response): Response {
  if (response.ok || !response.headers.has('www-authenticate')) return response;
  const headers = new Headers(response.headers);
  headers.delete('www-authenticate');
  return new Response(response.body, { status: response.status, headers });
}

/**
 * `fetch`, repeated once if a connection ended before anything came back: the provider closed it just as it was reused
 * (RFC 9110 section 9.2.2). This may present a code twice, but never a refresh token.
 */
export async function fetchOnceMore(ask: typeof fetch, ...request: Parameters<typeof fetch>): Promise<Response> {
  try {
    return await ask(...request);
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: string };
    if (code !== 'UND_ERR_SOCKET' && code !== 'ECONNRESET' && code !== 'EPIPE') throw error;
    return ask(...request);
  }
}
