import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import * as oidc from 'openid-client';
import type { ProviderConfig } from '../program/provider-config.ts';
import { createProviderApp, type ProviderOptions } from './create-provider.ts';
import { API_PERMISSIONS } from './scopes.ts';

export const AUDIENCE = 'https://api.example.com';

/** Listens on a free port of localhost until the test ends. */
async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, 'localhost');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

export interface Stack {
  readonly issuer: string;
  readonly appOrigin: string;
  readonly config: ProviderConfig;
  /** openid-client's view of the provider. */
  readonly rp: oidc.Configuration;
  /** What the provider has logged so far. */
  readonly events: { event: string; details: object }[];
  /** The logout tokens that have reached the app; a sign-out waits until the app has answered. */
  readonly logoutTokens: string[];
  /** Another provider at the same address, with the same options. */
  restart(): Promise<void>;
}

/** The real provider, and an app that only takes back-channel logout. */
export async function startStack(
  t: TestContext,
  options: ProviderOptions & { audience?: string; logoutStatus?: number } = {},
): Promise<Stack> {
  const logoutTokens: string[] = [];
  const appOrigin = await serve(t, async (req, res) => {
    const body = Buffer.concat(await req.toArray()).toString();
    if (req.url === '/backchannel-logout') {
      logoutTokens.push(new URLSearchParams(body).get('logout_token') ?? 'no token');
      res.statusCode = options.logoutStatus ?? 200;
    }
    res.end();
  });
  let app: RequestListener = (_req, res) => res.writeHead(503).end();
  const issuer = await serve(t, (req, res) => app(req, res));
  const config: ProviderConfig = {
    ...{ production: false, logLevel: 'silent', host: undefined, hostFrom: '' },
    ...{ shutdownTimeoutSeconds: 1, shutdownDelaySeconds: 0, keepAliveSeconds: 65 },
    proxies: { http: undefined, https: undefined, except: [] },
    ...{ port: Number(new URL(issuer).port), issuer, audience: options.audience ?? AUDIENCE },
    ...{ clientId: 'web-app', clientSecret: 'a secret: with %&+ signs' },
    redirectUri: `${appOrigin}/callback`,
  };
  const events: Stack['events'] = [];
  const restart = async () => {
    app = await createProviderApp(config, { ...options, log: (event, details) => events.push({ event, details }) });
  };
  await restart();
  const rp = await oidc.discovery(new URL(issuer), config.clientId, {}, oidc.ClientSecretBasic(config.clientSecret), {
    execute: [oidc.allowInsecureRequests],
  });
  return { issuer, appOrigin, config, rp, events, logoutTokens, restart };
}

/** A page that the browser ended on: the provider's, or the app's address with nothing behind it. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
  readonly headers: Headers;
}

/** Keeps cookies, follows redirects as far as the app, sends forms; no scripts. */
export class Browser {
  /** By name and path, since oidc-provider sets a cookie of the same name for each login under way. */
  readonly #cookies = new Map<string, { pair: string; path: string }>();
  readonly #stopAt: string;

  constructor(stopAt: string) {
    this.#stopAt = stopAt;
  }

  async open(address: string | URL, form?: Record<string, string>): Promise<Page> {
    const url = new URL(address);
    if (url.origin === this.#stopAt) return { url, status: 0, html: '', headers: new Headers() };
    const sent = [...this.#cookies.values()].filter(({ path }) => url.pathname.startsWith(path));
    const response = await fetch(url, {
      redirect: 'manual',
      headers: {
        Accept: 'text/html',
        Cookie: sent.map(({ pair }) => pair).join('; '),
      },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const html = await response.text();
    const location = response.headers.get('Location');
    if (location) return this.open(new URL(location, url));
    return { url, status: response.status, html, headers: response.headers };
  }

  /** Submits the form whose action ends in `actionEnd`, with these fields and the hidden ones. */
  submit({ url, html }: Page, actionEnd: string, fields: Record<string, string> = {}): Promise<Page> {
    for (const [form, action = ''] of html.matchAll(/<form[^>]* action="([^"]*)".*?<\/form>/gs)) {
      if (!action.endsWith(actionEnd)) continue;
      const hidden = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
      return this.open(new URL(action, url), {
        ...Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value])),
        ...fields,
      });
    }
    throw new Error(`no form for ${actionEnd} at ${url.href}:\n${html}`);
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split('=', 2);
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/';
    if (value) this.#cookies.set(`${name} ${path}`, { pair, path });
    else this.#cookies.delete(`${name} ${path}`);
  }
}

/** Begins a login of the app. Returns its page, its browser, and how to finish it with its secrets. */
export async function beginLogin(
  stack: Stack,
  params: Record<string, string> = {},
  browser = new Browser(stack.appOrigin),
) {
  const codeVerifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const url = oidc.buildAuthorizationUrl(stack.rp, {
    redirect_uri: stack.config.redirectUri,
    scope: 'openid profile email',
    state,
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...params,
  });
  const page = await browser.open(url);
  const finish = (callback: Page, rp = stack.rp) =>
    oidc.authorizationCodeGrant(rp, callback.url, { pkceCodeVerifier: codeVerifier, expectedState: state });
  return { page, browser, finish };
}

/** Signs a demo user in and exchanges the code. */
export async function signIn(stack: Stack, username: string, params: Record<string, string> = {}) {
  const { page, browser, finish } = await beginLogin(stack, params);
  const callback = await browser.submit(page, '/sign-in', { username, password: 'password' });
  return { browser, tokens: await finish(callback) };
}

/** Parameters of a login that asks for the API and all its permissions. */
export const API = { audience: AUDIENCE, scope: `openid profile offline_access ${API_PERMISSIONS.join(' ')}` };

export function claimsOf(tokens: oidc.TokenEndpointResponseHelpers) {
  const claims = tokens.claims();
  assert.ok(claims, 'no ID token');
  return claims;
}

export function refreshTokenOf(tokens: oidc.TokenEndpointResponse): string {
  assert.ok(tokens.refresh_token, 'no refresh token');
  return tokens.refresh_token;
}

export const refusedWith = (error: string) => (thrown: unknown) => {
  assert.equal((thrown as { error?: string }).error, error);
  return true;
};
