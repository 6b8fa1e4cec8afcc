import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request } from 'node:http';
import { pino } from 'pino';
import { createApp } from '../../src/api/create-app.ts';
import { localProofMemory, type ProofMemory } from '../../src/gatehouse/resource-server/proof-replay.ts';
import type { ApiRoute } from '../../src/api/routes.ts';
import { createResourceServer } from '../../src/gatehouse/resource-server/resource-server.ts';
import type { TokenNeeds } from '../../src/gatehouse/index.ts';
import { requestLog } from '../../src/program/request-log.ts';
import { readApiConfig } from '../../src/program/api-config.ts';
import { listen } from '../../src/program/listen.ts';
import { freePorts } from './ports.ts';
import { AUDIENCE } from './token-issuer.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed from JSON; undefined if there is none. */
  readonly body: unknown;
}

/** A list as a value sends the header several times. */
export type Headers = Record<string, string | string[]>;

/** The real `createApp` of the resource server, in the test's own process. */
export interface TestApi {
  readonly url: string;
  get(path: string, headers?: Headers): Promise<Reply>;
  /** `GET` with the token in the usual way. */
  bearer(path: string, token: string): Promise<Reply>;
  send(method: string, path: string, headers?: Headers): Promise<Reply>;
  /** All that it logged so far. */
  logged(): string;
  readonly stop: () => Promise<void>;
}

export async function startTestApi(
  issuer: string,
  options: {
    env?: Record<string, string>;
    routes?: readonly ApiRoute[];
    proofs?: ProofMemory;
    now?: () => number;
  } = {},
): Promise<TestApi> {
  const [port = 0] = await freePorts(1);
  const url = `http://localhost:${port}`;
  const config = readApiConfig({
    API_PORT: String(port),
    API_SERVER_URL: url,
    ISSUER_BASE_URL: issuer,
    AUTH0_AUDIENCE: AUDIENCE,
    ...options.env,
  });
  let logged = '';
  const log = pino({ level: 'trace' }, { write: (line: string) => void (logged += line) });
  const clock = { now: options.now ?? Date.now };
  const proofs = options.proofs ?? localProofMemory(clock);
  const resourceServer = createResourceServer(config, { proofs, ...clock });
  const guard = (needs: TokenNeeds) => resourceServer.guard(needs, log);
  const parts = { config, env: config.env, log, before: [requestLog(log)], guard };
  const app = createApp(parts, options.routes);
  const named = { name: 'resource server', port, variable: 'API_PORT' };
  const server = await listen(app, { ...named, host: undefined, shutdownTimeoutSeconds: 1 });

  const send = (method: string, path: string, headers?: Headers) => ask(method, url + path, headers);
  const get = (path: string, headers?: Headers) => send('GET', path, headers);
  return {
    url,
    send,
    get,
    bearer: (path, token) => get(path, { Authorization: `Bearer ${token}` }),
    logged: () => logged,
    stop: () => server.stop(),
  };
}

/** Without `fetch`, which sends neither a `Host` of your choice nor the same header twice. */
export function ask(method: string, url: string, headers: Headers = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString();
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    });
    sent.on('error', reject).end();
  });
}

/** The parameters of each challenge by its scheme. */
export function challengesOf({ headers }: Reply): Record<string, Record<string, string>> {
  const challenges: Record<string, Record<string, string>> = {};
  let current: Record<string, string> = {};
  const parts = /(?:(Bearer|DPoP) )?([a-z_]+)="([^"]*)"/g;
  for (const [, scheme, name = '', value = ''] of (headers['www-authenticate'] ?? '').matchAll(parts)) {
    if (scheme) current = challenges[scheme] = {};
    current[name] = value;
  }
  return challenges;
}

const ERRORS = {
  unauthorized: { status: 401, message: 'Requires authentication' },
  invalid_request: { status: 400, message: 'Requires authentication' },
  invalid_token: { status: 401, message: 'Bad credentials' },
  invalid_dpop_proof: { status: 400, message: 'Bad credentials' },
  insufficient_scope: { status: 403, message: 'Permission denied' },
  not_found: { status: 404, message: 'Not Found' },
  server_error: { status: 500, message: 'Internal Server Error' },
  signing_key_unavailable: { status: 503, message: 'Unable to verify credentials' },
  proof_memory_unavailable: { status: 503, message: 'Unable to verify credentials' },
} as const;

const TOLD_IN_CHALLENGE = new Set(['invalid_request', 'invalid_token', 'invalid_dpop_proof', 'insufficient_scope']);

/** Fails unless `reply` is exactly this error, and only the challenge of `scheme` tells it. */
export function assertRefused(
  reply: Reply,
  error: keyof typeof ERRORS,
  { scheme = 'Bearer', description = /./ }: { scheme?: 'Bearer' | 'DPoP'; description?: RegExp } = {},
): void {
  const { error_description, ...rest } = reply.body as Record<string, string>;
  const { status, message } = ERRORS[error];
  assert.deepEqual({ status: reply.status, ...rest }, { status, error, message }, error_description);
  assert.match(error_description ?? '', description);

  const told = Object.entries(challengesOf(reply)).filter(([, challenge]) => 'error' in challenge);
  if (TOLD_IN_CHALLENGE.has(error)) {
    assert.deepEqual([told.length, told[0]?.[0], told[0]?.[1]['error']], [1, scheme, error]);
    assert.ok(told[0]?.[1]['error_description']);
  } else {
    assert.deepEqual(told, []);
  }
  assert.equal('www-authenticate' in reply.headers, status < 500 && status !== 404);
  assert.equal('retry-after' in reply.headers, status === 503);
}
