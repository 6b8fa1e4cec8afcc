import { cookieName, cookiePairs, cookieValue, type CookieLines } from '../platform/cookies.ts';
import { SealBrokenError, type SessionCipher } from './session-cipher.ts';
import { claimsOf, type SessionContent } from './session-content.ts';

/** More would be refused by browsers, proxies or Node's own limit on headers, each in its own unhelpful way. */
const MAX_BYTES = 12 * 1024;
/** Browsers keep 4096 bytes of a cookie, its name and attributes included. */
const PART_BYTES = 3800;

/** A session as cookies hold it. */
export interface SealedSession {
  readonly content: SessionContent;
  /** epoch seconds */
  readonly createdAt: number;
  /** epoch seconds */
  readonly touchedAt: number;
}

/** Format 1 of what is sealed: all but the claims that the ID token has anyway. */
interface Format1 extends Omit<SealedSession, 'content'> {
  readonly format: 1;
  readonly content: Omit<SessionContent, 'claims'>;
  readonly moreClaims: Record<string, unknown>;
}

export type SealedCookies = ReturnType<typeof sealedCookies>;

/** A value of some kB in cookies `<name>.0`, `<name>.1`, …; the first says how many there are, so none is left over. */
export function sealedCookies(name: string, cipher: SessionCipher, lines: CookieLines) {
  const partName = (n: number) => `${name}.${n}`;
  const isPart = (candidate: string) =>
    candidate.startsWith(`${name}.`) && /^\d$/.test(candidate.slice(name.length + 1));
  const partsIn = (header: string | undefined) =>
    cookiePairs(header)
      .filter((pair) => isPart(cookieName(pair)))
      .map((pair) => [cookieName(pair), cookieValue(pair)] as const);
  const clearAll = (header: string | undefined) =>
    [...new Map(partsIn(header)).keys()].map((part) => lines.clear(part));

  function seal({ createdAt, touchedAt, content: { claims, ...content } }: SealedSession): string {
    const known = claimsOf(content.id_token);
    const moreClaims = Object.fromEntries(Object.entries(claims).filter(([claim]) => !(claim in known)));
    const sealed: Format1 = { format: 1, createdAt, touchedAt, content, moreClaims };
    return cipher.seal(JSON.stringify(sealed), name);
  }

  function open(value: string): SealedSession | undefined {
    try {
      const { format, moreClaims, content, ...times } = JSON.parse(cipher.open(value, name)) as Format1;
      // One of a newer release is left alone: it is none of ours yet.
      if (format !== 1) return undefined;
      return { ...times, content: { ...content, claims: claimsOf(content.id_token, moreClaims) } };
    } catch (error) {
      if (error instanceof SealBrokenError) return undefined;
      throw error;
    }
  }

  return {
    /**
     * Undefined for what is not there whole, or not sealed by us. Of two parts with one name one is somebody else's:
     * then `onTwo` is told, and nothing read.
     */
    read: (header: string | undefined, onTwo: () => void): SealedSession | undefined => {
      const found = partsIn(header);
      const parts = new Map(found);
      if (parts.size < found.length) {
        onTwo();
        return undefined;
      }
      const [, count = '', first = ''] = /^([1-9])\.(.+)$/.exec(parts.get(partName(0)) ?? '') ?? [];
      const more = Array.from({ length: Math.max(0, Number(count) - 1) }, (_, n) => parts.get(partName(n + 1)));
      return first === '' || more.includes(undefined) ? undefined : open(first + more.join(''));
    },
    /** How large the session is in cookies, bytes. */
    sizeOf: (session: SealedSession) => seal(session).length,
    fits: (session: SealedSession) => seal(session).length <= MAX_BYTES,
    /** Lines for `Set-Cookie`; parts that `header` has and that are not needed any more are cleared. */
    write: (session: SealedSession, header: string | undefined, seconds: number): string[] => {
      const sealed = seal(session);
      const count = Math.ceil(sealed.length / PART_BYTES);
      const written = Array.from({ length: count }, (_, n) => {
        const part = sealed.slice(n * PART_BYTES, (n + 1) * PART_BYTES);
        return lines.set(partName(n), n === 0 ? `${count}.${part}` : part, seconds);
      });
      const names = new Set(written.map(cookieName));
      return [...written, ...clearAll(header).filter((line) => !names.has(cookieName(line)))];
    },
    /** Lines that clear every part that `header` has. */
    clear: clearAll,
  };
}
