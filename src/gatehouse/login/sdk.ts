import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import openid, { type ConfigParams, type LoginOptions, type Session as SdkSession } from 'express-openid-connect';
import type { DoorConfig } from '../config/door-config.ts';
import { discoveryAddress, PROVIDER_TIMEOUT_SECONDS } from '../oidc/discovery.ts';
import { sdkClientAuth } from '../oidc/client-authentication.ts';
import type { ProviderClient, TokenReply } from '../oidc/provider-client.ts';
import { signingAlgorithmOf } from '../oidc/id-token.ts';
import { DEFAULT_ALGORITHM } from '../oidc/signing-algorithms.ts';
import type { tokenOfLogin } from '../tokens/token-vault.ts';
import { type LoginState, parameterOf } from './callback-query.ts';

/** The SDK's name for its cookie of a login; no browser ever sees it. */
const TRANSACTION = 'auth_verification';

/** The tokens of a login as the SDK has checked them, and the state that it was begun with. Times in epoch seconds. */
export interface FinishedLogin {
  readonly tokens: Parameters<typeof tokenOfLogin>[0] & {
    readonly id_token: string;
    readonly sid?: string | undefined;
    readonly sessionExpiresAt?: number | undefined;
  };
  readonly state: LoginState;
}

/**
 * express-openid-connect, for what it does well: it makes the login request and completes the callback. It works on
 * shadows of the request and the answer: it sees only the login's cookie; its session stays empty; we read what it
 * would answer; and no header or method of the real ones is touched.
 */
export function createSdk(config: DoorConfig, provider: ProviderClient) {
  const redirectUri = config.baseUrl + config.callbackPath;
  const finished = new WeakMap<Request, FinishedLogin>();
  /**
   * What the token endpoint replies to callbacks under way, by their `code_verifier`, unique to each login: the SDK has
   * one `fetch` for all, and an AsyncLocalStorage would slow down every promise.
   */
  const replies = new Map<string, TokenReply>();
  /** How the provider signs ID tokens for this client: learnt from the first one. The SDK takes one algorithm. */
  let algorithm = DEFAULT_ALGORITHM;
  const middlewares = new Map<string, ReturnType<typeof openid.auth>>();
  async function middleware(): Promise<ReturnType<typeof openid.auth>> {
    const { require_pushed_authorization_requests: pushed } = await provider.metadata();
    const how = { idTokenSigningAlg: algorithm, pushedAuthorizationRequests: pushed === true };
    const key = JSON.stringify(how);
    const made = middlewares.get(key) ?? openid.auth({ ...options, ...how });
    middlewares.set(key, made);
    return made;
  }
  const options: ConfigParams = {
    issuerBaseURL: discoveryAddress(config.issuer),
    baseURL: config.baseUrl,
    clientID: config.clientId,
    ...sdkClientAuth(config.clientAuthentication),
    useMtls: false,
    secret: [...config.secrets],
    authRequired: false,
    routes: { login: false, logout: false, callback: false },
    authorizationParams: {
      response_type: 'code',
      response_mode: 'query',
      redirect_uri: redirectUri,
      scope: config.scopes.join(' '),
      ...(config.audience && { audience: config.audience }),
    },
    transactionCookie: { name: TRANSACTION, sameSite: 'Lax' },
    // The SDK's own state is the destination alone: two logins to one page would be the same.
    getLoginState: (_req: Request, { state }: LoginOptions & { state?: LoginState }) => ({
      ...state,
      txn: randomUUID(),
    }),
    enableTelemetry: false,
    httpTimeout: PROVIDER_TIMEOUT_SECONDS * 1000,
    customFetch: (...request: Parameters<typeof fetch>) => {
      const body = request[1]?.body;
      const verifier = body instanceof URLSearchParams ? body.get('code_verifier') : undefined;
      return provider.fetch(request, replies.get(verifier ?? '') ?? {});
    },
    afterCallback: (shadow, _res, tokens, state) => {
      // Its types have `expires_at` as text; it is a number.
      finished.set(shadow, { tokens: tokens as never, state });
      return {} as SdkSession; // an empty session is not kept
    },
  };

  /** Runs `work` of the SDK. Resolves with where it redirects to, and the cookie that it sets. */
  async function run(req: Request, res: Response, cookie: string, work: (res: Response) => Promise<void>) {
    const handle = await middleware();
    return new Promise<{ location: string; cookie: string; login: FinishedLogin | undefined }>((resolve, reject) => {
      let cookieSet = '';
      const { host } = req.headers;
      // The SDK needs only two headers: its cookie, and the host.
      const shadow = shadowOf(req, { headers: { cookie, ...(host !== undefined && { host }) } });
      const answer = shadowOf(res, {
        writeHead: () => answer,
        cookie: (name: string, value: string) => {
          // It may set another for old browsers, with a signature of its own.
          if (name === TRANSACTION) cookieSet = value;
          return answer;
        },
        clearCookie: () => answer,
        redirect: (location: string) => resolve({ location, cookie: cookieSet, login: finished.get(shadow) }),
      });
      const next = (error?: unknown) => {
        if (error instanceof Error) reject(error);
        else work(answer).catch(reject);
      };
      void handle(shadow, answer, next);
    });
  }

  return {
    /** Makes a login request (state, nonce, PKCE): where to go, the transaction that must come back, and its state. */
    login: async (req: Request, res: Response, state: LoginState, parameters: Readonly<Record<string, unknown>>) => {
      const options = { state, authorizationParams: parameters };
      const { location, cookie: value } = await run(req, res, '', (answer) => answer.oidc.login(options));
      // Not from the address: a pushed request (RFC 9126) is not in it.
      return { location, value: withoutState(value), state: fieldOf(value, 'state') };
    },
    /**
     * Takes the code of a callback, whose `state` is the transaction's, to the token endpoint, whose answer it notes in
     * `reply`: the SDK keeps only a part of it. Rejects with the SDK's own errors.
     * @throws InvalidIdTokenError for an ID token that is encrypted, or signed as the provider says it never does
     */
    callback: async (req: Request, res: Response, transaction: string, reply: TokenReply): Promise<FinishedLogin> => {
      const cookie = `${TRANSACTION}=${withState(transaction, parameterOf(req, 'state'))}`;
      const complete = () => run(req, res, cookie, (answer) => answer.oidc.callback({ redirectUri }));
      const verifier = fieldOf(transaction, 'code_verifier');
      replies.set(verifier, reply);
      try {
        const { login } = await complete().catch(async (error: unknown) => {
          const signedBy = signingAlgorithmOf(reply.body?.['id_token'], await provider.metadata());
          if (signedBy === undefined || signedBy === algorithm) throw error;
          algorithm = signedBy;
          // With the reply that we have: the code is spent.
          return complete();
        });
        if (!login) throw new Error('the SDK completed a callback without a session');
        return login;
      } finally {
        replies.delete(verifier);
      }
    },
  };
}

/** A field of a transaction as the SDK writes it: JSON, and a signature behind it. */
function fieldOf(transaction: string, name: 'state' | 'code_verifier'): string {
  return new RegExp(`"${name}":"([^"]+)"`).exec(transaction)?.[1] ?? '';
}

/**
 * A transaction without its `state`, which contains the destination, and which the callback brings back. A short one
 * stays: the first release, which may run beside this one, looks for it here.
 */
function withoutState(transaction: string): string {
  return transaction.replace(/(?<="state":")[^"]{301,}/, '');
}

function withState(transaction: string, state: string): string {
  return transaction.replace(/(?<="state":")(?=")/, () => state);
}

/** An object like `real` except for `fields`; what is set on it does not reach `real`. */
function shadowOf<T extends object>(real: T, fields: object): T {
  return Object.assign(Object.create(real) as T, fields);
}
