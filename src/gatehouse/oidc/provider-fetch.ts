import type { Logger } from '../platform/logger.ts';

type Json = Readonly<Record<string, unknown>>;

const isText = (value: unknown) => typeof value === 'string' && value !== '';
const OPTIONAL_FIELDS: readonly (readonly [name: string, isFine: (value: unknown) => boolean])[] = [
  ...(['refresh_token', 'scope', 'id_token'] as const).map((name) => [name, isText] as const),
  ['expires_in', (value) => (isText(value) || typeof value === 'number') && Number(value) >= 0],
];

/**
 * A token answer (RFC 6749 section 5.1) without what is optional in it and makes no sense: providers write `null` or ""
 * for what is not there, and no such field is worth a login. What was wrong is logged, by its name alone.
 */
export function tidyTokenAnswer(body: Json, log: Logger): Json {
  const odd = OPTIONAL_FIELDS.filter(([name, isFine]) => body[name] !== undefined && !isFine(body[name]));
  const [absent, wrong] = [odd.filter(([name]) => !body[name]), odd.filter(([name]) => body[name])];
  if (wrong.length > 0) log.warn({ fields: wrong.map(([name]) => name) }, 'a token answer has fields of no sense');
  const left = Object.entries(body).filter(([field]) => ![...absent, ...wrong].some(([name]) => name === field));
  return Object.fromEntries(left);
}

/**
 * An answer whose JSON is read as `tidy` has it, once and by whoever asks for it: a clone costs more than all the rest.
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
 * An OAuth error without the challenge that RFC 6749 section 5.2 wants with it: openid-client would read nothing but
 * the challenge, and what it was would not be known.
 */
export function withoutChallenge(response: Response): Response {
  if (response.ok || !response.headers.has('www-authenticate')) return response;
  const headers = new Headers(response.headers);
  headers.delete('www-authenticate');
  return new Response(response.body, { status: response.status, headers });
}

/**
 * `fetch`, once more where a connection ended before anything came back: the provider has closed it just when it was
 * used again (RFC 9110 section 9.2.2). Not for what must not be done twice.
 */
export async function fetchOnceMore(...request: Parameters<typeof fetch>): Promise<Response> {
  try {
    return await fetch(...request);
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: string };
    if (code !== 'UND_ERR_SOCKET' && code !== 'ECONNRESET' && code !== 'EPIPE') throw error;
    return fetch(...request);
  }
}
