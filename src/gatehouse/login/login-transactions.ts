import { hash } from 'node:crypto';
import { cookieName, cookiePairs, cookieValue, type CookieLines } from '../platform/cookies.ts';
import { createSigner } from '../platform/signer.ts';
import { UnknownSecretError } from '../platform/secret-id.ts';
import { LOGIN_SECONDS } from '../session/owner-lists.ts';

/** Every tab has one; together they must not make the browser's requests too large. */
const MAX_TRANSACTIONS = 8;
/** Others may have planted hundreds of them: an answer has room for a few. */
const MAX_CLEARED = 4;

/** A login under way in one tab, proved by its cookie. */
export interface LoginTransaction {
  /** Names it: the hash of its `state`. */
  readonly id: string;
  /** epoch ms */
  readonly begunAt: number;
  /** What the SDK wants to see again. */
  readonly value: string;
  /** The `Set-Cookie` line that clears the cookie once it is spent. */
  readonly clearing: string;
}

/**
 * Every login has a cookie of its own, so that tabs do not interfere with one another. Its name is made of the time,
 * the login's `state` and a signature.
 */
export function loginTransactions(
  config: { readonly cookieName: string; readonly secrets: readonly string[]; readonly lines: CookieLines },
  { now = Date.now }: { now?: () => number } = {},
) {
  const { lines } = config;
  // There may be eight of these cookies: 128 bits of each signature are enough.
  const signer = createSigner(config.secrets, 'gatehouse login', { length: 22 });
  const prefix = `${config.cookieName}.`;
  const begunAt = (name: string) => Number.parseInt(name.slice(prefix.length), 36);
  const pendingIn = (header: string | undefined) => cookiePairs(header).filter((pair) => pair.startsWith(prefix));

  /** @throws UnknownSecretError */
  function isOf(state: string, pair: string): boolean {
    const [, name = '', sent = ''] = /^(.*)\.([\w-]+)$/.exec(cookieName(pair)) ?? [];
    if (!name.endsWith(`.${stateHash(state)}`) || now() - begunAt(name) > LOGIN_SECONDS * 1000) return false;
    const other = signer.otherSecretOf(sent);
    if (other !== undefined) throw new UnknownSecretError(other);
    return signer.isSigned(`${name}=${cookieValue(pair)}`, sent);
  }

  /** Which logins under way must go to make room for one more: the oldest. */
  function surplus(names: string[]): string[] {
    // Browsers send the older of two cookies first, which counts within a millisecond.
    const newestFirst = names.toSorted((a, b) => begunAt(a) - begunAt(b)).reverse();
    return newestFirst.slice(MAX_TRANSACTIONS - 1);
  }

  return {
    /** Lines for `Set-Cookie`: the cookie of a new login, and the clearing of the oldest where there are too many. */
    begin: (header: string | undefined, { state, value }: { readonly state: string; readonly value: string }) => {
      const name = `${prefix}${now().toString(36)}.${stateHash(state)}`;
      const signed = `${name}.${signer.sign(`${name}=${value}`)}`;
      const pending = pendingIn(header).map(cookieName);
      // There is no room for names longer than ours either.
      const cleared = surplus(pending.filter(({ length }) => length <= signed.length)).slice(-MAX_CLEARED);
      return [...cleared.map(lines.clear), lines.set(signed, value, LOGIN_SECONDS)];
    },
    /** The login with `state`, if this browser has begun it here, and not too long ago. @throws UnknownSecretError */
    find: (header: string | undefined, state: string): LoginTransaction | undefined => {
      const pair = pendingIn(header).find((one) => isOf(state, one));
      if (pair === undefined) return undefined;
      const name = cookieName(pair);
      return { id: stateHash(state), begunAt: begunAt(name), value: cookieValue(pair), clearing: lines.clear(name) };
    },
  };
}

/** Names a login wherever its `state` would be too long, or would reveal too much. */
export function stateHash(state: string): string {
  return hash('sha256', state, 'base64url').slice(0, 22);
}
