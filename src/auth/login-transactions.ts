import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import onHeaders from 'on-headers';
import { cookieName, cookiePairs, cookieValue } from '../platform/cookies.ts';

/** How long a person may take to sign in. */
export const LOGIN_SECONDS = 3600;
/** Every tab has one; together they must not make the browser's requests too large. */
const MAX_TRANSACTIONS = 8;
const MAX_BYTES = 6000;

/** A login under way in one tab: what its callback proves with a cookie of its own. */
export interface LoginTransaction {
  /** Name and value of its cookie. */
  readonly cookie: string;
  /** Told what the browser is sent, with every cookie. */
  onAnswer?: (answer: { readonly location: string; readonly cookies: readonly string[] }) => void;
  /** What the browser is sent instead of any cookies of this answer. */
  replay?: readonly string[];
}

/**
 * Gives every login a cookie of its own, so that several tabs do not undo one another. The SDK knows one name for all
 * of them: on its way to the browser the cookie gets a name of its own, made of the time and the login's `state`,
 * and on the callback with that `state` the SDK finds it under the name that it knows. Mounted before the SDK.
 */
export function loginTransactions(
  { sdkName, callbackPath }: { sdkName: string; callbackPath: string },
  { now = Date.now }: { now?: () => number } = {},
): RequestHandler {
  const prefix = `${sdkName}.`;
  const seconds = () => Math.floor(now() / 1000);
  const nameFor = (state: string, at: number) => `${prefix}${at.toString(36)}.${stateHash(state)}`;
  const begunAt = (pair: string) => Number.parseInt(cookieName(pair).slice(prefix.length), 36);

  return (req, res, next) => {
    const pairs = cookiePairs(req.headers.cookie);
    const pending = pairs.filter((pair) => pair.startsWith(prefix));
    const state = req.path === callbackPath ? stateOf(req) : undefined;
    const own = pending.find(
      (pair) =>
        state !== undefined &&
        cookieName(pair).endsWith(`.${stateHash(state)}`) &&
        seconds() - begunAt(pair) <= LOGIN_SECONDS,
    );
    const others = pairs.filter((pair) => !pair.startsWith(prefix) && cookieName(pair) !== sdkName);
    req.headers.cookie = [...others, ...(own ? [`${sdkName}=${cookieValue(own)}`] : [])].join('; ');
    const transaction: LoginTransaction | undefined = own ? { cookie: own } : undefined;
    if (transaction) req.loginTransaction = transaction;

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
        const begun = nameFor(stateIn(res), seconds());
        const cleared = surplus(pending, begunAt, line.length).map((pair) =>
          clearing(line, cookieName(pair)),
        );
        return [...cleared, `${line.replace(sdkName, begun)}; Max-Age=${LOGIN_SECONDS}`];
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
