import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import onHeaders from 'on-headers';
import { cookieName, cookiePairs, cookieValue } from '../platform/cookies.ts';

/** How long a person may take to sign in. */
const LOGIN_SECONDS = 3600;
/** Every tab has one; together they must not make the browser's requests too large. */
const MAX_TRANSACTIONS = 8;
const MAX_BYTES = 6000;

/** A login under way in one tab, proved by its cookie. */
export interface LoginTransaction {
  /** Names it: the hash of its `state`. */
  readonly id: string;
  /** Told what the browser is sent, with every cookie. */
  onAnswer?: (answer: { readonly location: string; readonly cookies: readonly string[] }) => void;
  /** What the browser is sent instead of any cookies of this answer. */
  replay?: readonly string[];
}

/**
 * Gives every login a cookie of its own, so that several tabs do not undo one another. The SDK knows one name for all
 * of them: on its way to the browser the cookie gets a name of its own, made of the time, the login's `state` and a
 * signature, and on the callback with that `state` the SDK finds it under the name that it knows. Mounted before
 * the SDK.
 */
export function loginTransactions(
  config: { sdkName: string; callbackPath: string; secrets: readonly string[] },
  { now = Date.now }: { now?: () => number } = {},
): RequestHandler {
  const { sdkName, callbackPath, secrets } = config;
  const prefix = `${sdkName}.`;
  const seconds = () => Math.floor(now() / 1000);
  const begunAt = (pair: string) => Number.parseInt(cookieName(pair).slice(prefix.length), 36);

  function nameFor(state: string, value: string): string {
    const name = `${prefix}${seconds().toString(36)}.${stateHash(state)}`;
    return `${name}.${signature(secrets[0] ?? '', name, value)}`;
  }

  /** Whether this is the cookie of the login with `state`, made by us and not too long ago. */
  function isOf(state: string, pair: string): boolean {
    const [, name = '', sent = ''] = /^(.*)\.([\w-]+)$/.exec(cookieName(pair)) ?? [];
    if (!name.endsWith(`.${stateHash(state)}`) || seconds() - begunAt(pair) > LOGIN_SECONDS) return false;
    return secrets.some((secret) => isEqual(sent, signature(secret, name, cookieValue(pair))));
  }

  return (req, res, next) => {
    // Names of what every object has: the SDK takes its own record of cookies for one that has them not.
    const pairs = cookiePairs(req.headers.cookie).filter((pair) => !(cookieName(pair) in {}));
    const pending = pairs.filter((pair) => pair.startsWith(prefix));
    const state = req.path === callbackPath ? stateOf(req) : undefined;
    const own = state === undefined ? undefined : pending.find((pair) => isOf(state, pair));
    const others = pairs.filter((pair) => !pair.startsWith(prefix) && cookieName(pair) !== sdkName);
    req.headers.cookie = [...others, ...(own ? [`${sdkName}=${cookieValue(own)}`] : [])].join('; ');
    const transaction: LoginTransaction | undefined = own ? { id: stateHash(state ?? '') } : undefined;
    if (transaction) {
      req.loginTransaction = transaction;
      headersAlsoForNobody(res);
    }

    // Registered first, so it runs last and sees what the SDK has set.
    onHeaders(res, () => {
      if (transaction?.replay) {
        res.setHeader('set-cookie', transaction.replay);
        return;
      }
      const lines = [res.getHeader('set-cookie') ?? []].flat().map(String);
      const named = lines.flatMap((line) => {
        if (!line.startsWith(`${sdkName}=`)) return [line];
        if (line.startsWith(`${sdkName}=;`)) return own ? [line.replace(sdkName, cookieName(own))] : [];
        const value = cookieValue(line.slice(0, line.indexOf(';')));
        const cleared = surplus(pending, begunAt, line.length).map((pair) =>
          clearing(line, cookieName(pair)),
        );
        return [
          ...cleared,
          `${line.replace(sdkName, nameFor(stateIn(res), value))}; Max-Age=${LOGIN_SECONDS}`,
        ];
      });
      if (named.length > 0) res.setHeader('set-cookie', named);
      else res.removeHeader('set-cookie');
      transaction?.onAnswer?.({ location: String(res.getHeader('location') ?? ''), cookies: named });
    });
    next();
  };
}

/** The `state` of a callback. */
export function stateOf(req: Request): string | undefined {
  const { state } = req.query;
  return typeof state === 'string' && state !== '' ? state : undefined;
}

/** Names a login wherever its `state` would be too long, or too much to tell. */
export function stateHash(state: string): string {
  return createHash('sha256').update(state).digest('base64url').slice(0, 22);
}

/** Node writes no headers for a browser that has gone (a double click), but another delivery waits for them. */
function headersAlsoForNobody(res: Response): void {
  const end = res.end.bind(res) as (...args: unknown[]) => Response;
  res.end = ((...args: unknown[]) => {
    if (res.destroyed && !res.headersSent) res.writeHead(res.statusCode);
    return end(...args);
  }) as Response['end'];
}

function signature(secret: string, name: string, value: string): string {
  return createHmac('sha256', secret).update(`login ${name}=${value}`).digest('base64url').slice(0, 22);
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** The `state` that a login is just sent to the provider with. */
function stateIn(res: Response): string {
  const location = String(res.getHeader('location') ?? '');
  return (URL.canParse(location) && new URL(location).searchParams.get('state')) || '';
}

/** Which of the logins under way have to go for one more, the oldest first. */
function surplus(pending: string[], begunAt: (pair: string) => number, newBytes: number): string[] {
  const oldestFirst = pending.toSorted((a, b) => begunAt(a) - begunAt(b));
  let bytes = newBytes + pending.reduce((sum, pair) => sum + pair.length, 0);
  let count = pending.length + 1;
  return oldestFirst.filter((pair) => {
    if (count <= MAX_TRANSACTIONS && bytes <= MAX_BYTES) return false;
    count -= 1;
    bytes -= pair.length;
    return true;
  });
}

/** A cookie line that takes `name` away from the browser, with the attributes of `line`. */
function clearing(line: string, name: string): string {
  return `${name}=${line.slice(line.indexOf(';'))}; Max-Age=0`;
}
