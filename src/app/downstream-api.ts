import type { Request } from 'express';
import { isTooDeep } from './json.ts';
import type { AppConfig } from './app-config.ts';

/** The only paths that are ever called: nothing of a request flows into them. */
export type ApiPath = '/api/private' | '/api/messages/protected' | '/api/messages/admin';

/** What came of calling the API. */
export type ApiOutcome =
  /** It answered, perhaps with an error of its own. */
  | { readonly outcome: 'answered'; readonly status: number; readonly body: unknown }
  /** It did not accept the token (401), or it lacks a permission (403); `challenge` says which. */
  | {
      readonly outcome: 'refused';
      readonly status: 401 | 403;
      readonly body: unknown;
      /** Its `WWW-Authenticate`. */
      readonly challenge: string;
    }
  | { readonly outcome: 'unavailable'; readonly cause: unknown }
  | { readonly outcome: 'timed out' }
  /** Not JSON, or too large to show. */
  | { readonly outcome: 'unreadable'; readonly reason: string };

export interface DownstreamApi {
  /** `GET path` with the access token, as a part of the trace of `req` (W3C Trace Context); never rejects. */
  get(path: ApiPath, accessToken: string, req: Pick<Request, 'headers'>): Promise<ApiOutcome>;
}

const TIMEOUT_MS = 3000;
const MAX_BYTES = 64 * 1024;

/** The resource server as the web app calls it (RFC 6750 section 2.1). */
export function createDownstreamApi({ apiServerUrl }: Pick<AppConfig, 'apiServerUrl'>): DownstreamApi {
  return {
    get: async (path, accessToken, req) => {
      try {
        const response = await fetch(apiServerUrl + path, {
          headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json', ...traceOf(req) },
          // A redirect would carry the token to an address that nobody configured.
          redirect: 'manual',
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        return outcomeOf(response, await readText(response));
      } catch (error) {
        const isLate = error instanceof Error && error.name === 'TimeoutError';
        return isLate ? { outcome: 'timed out' } : { outcome: 'unavailable', cause: error };
      }
    },
  };
}

/** Handed on as it came, unless OpenTelemetry sends its own headers: two of them would break the trace. */
function traceOf({ headers: { traceparent, tracestate } }: Pick<Request, 'headers'>): Record<string, string> {
  if (typeof traceparent !== 'string' || Symbol.for('opentelemetry.js.api.1') in globalThis) return {};
  return { traceparent, ...(typeof tracestate === 'string' && { tracestate }) };
}

/** The body, or undefined where it is larger than we care to read. */
async function readText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the rest of the download.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function outcomeOf({ status, headers }: Response, text: string | undefined): ApiOutcome {
  if (text === undefined) return { outcome: 'unreadable', reason: `more than ${MAX_BYTES / 1024} kB` };
  const body = parseJson(text);
  if (status === 401 || status === 403) {
    return { outcome: 'refused', status, body, challenge: headers.get('www-authenticate') ?? '' };
  }
  if (body === undefined && status < 400)
    return { outcome: 'unreadable', reason: `no JSON, or nested too deep, with status ${status}` };
  return { outcome: 'answered', status, body: body ?? null };
}

function parseJson(text: string): unknown {
  try {
    const json: unknown = JSON.parse(text);
    return isTooDeep(json) ? undefined : json;
  } catch {
    return undefined;
  }
}
