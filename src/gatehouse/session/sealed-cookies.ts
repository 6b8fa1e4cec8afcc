import { cookieName, cookiePairs, cookieValue, type CookieLines } from '../platform/cookies.ts';
import { MAX_JSON_BYTES, packJson, unpackJson } from './packed-json.ts';
import type { SessionCipher } from './session-cipher.ts';
import { claimsOf, type KeptSession, type SessionContent } from './session-content.ts';

/** More would be refused by browsers, proxies or Node's own limit on headers, each in its own unhelpful way. */
const MAX_BYTES = 12 * 1024;
/** Browsers keep 4096 bytes of a cookie, its name and attributes included. */
const PART_BYTES = 3800;
const FORMAT = '2';

/**
 * What is sealed: all but the claims that the ID token has anyway. Format 1 was plain JSON, format 2 is packed. Both
 * are read; golden values are in the tests.
 */
interface Content extends Omit<KeptSession, 'content'> {
  readonly content: Omit<SessionContent, 'claims'>;
  readonly moreClaims: Record<string, unknown>;
}

/** A session ready for cookies. */
export interface Sealed {
  readonly value: string;
  /** How much it takes; more than fits where its JSON alone is too large. */
  readonly bytes: number;
  readonly fits: boolean;
}

/**
 * A value of some kB in cookies `<name>.0`, `<name>.1`, …; the first says how many there are, so that none is left
 * over, and in which format: `<count>.2.<sealed>`, in format 1 `<count>.<sealed>`.
 */
export function sealedCookies(name: string, cipher: SessionCipher, lines: CookieLines) {
  const partName = (n: number) => `${name}.${n}`;
  const isPart = (candidate: string) => candidate.slice(0, -1) === `${name}.` && /\d$/.test(candidate);
  const partsIn = (header: string | undefined) =>
    cookiePairs(header)
      .filter((pair) => isPart(cookieName(pair)))
      .map((pair) => [cookieName(pair), cookieValue(pair)] as const);
  const clearAll = (header: string | undefined) =>
    [...new Map(partsIn(header)).keys()].map((part) => lines.clear(part));

  // The format is outside the seal, but bound to it: if it was changed, the seal does not open.
  const boundTo = (format: string | undefined) => (format === undefined ? name : `${name} ${format}`);

  function open(value: string, format: string | undefined): KeptSession | undefined {
    // A newer release's cookie is left alone: we cannot read it yet.
    if (format !== undefined && format !== FORMAT) return undefined;
    const opened = cipher.open(value, boundTo(format));
    if (!opened) return undefined;
    const json = format === undefined ? opened.toString() : unpackJson(opened);
    const { createdAt, touchedAt, moreClaims, content } = JSON.parse(json) as Content;
    return { createdAt, touchedAt, content: { ...content, claims: claimsOf(content.id_token, moreClaims) } };
  }

  return {
    /**
     * Undefined for what is incomplete, or not sealed by us. Of two parts with the same name one is somebody else's:
     * then `onTwo` is called, and nothing is read.
     */
    read: (header: string | undefined, onTwo: () => void): KeptSession | undefined => {
      const found = partsIn(header);
      const parts = new Map(found);
      if (parts.size < found.length) {
        onTwo();
        return undefined;
      }
      const [, count, format, first] = /^([1-9])\.(?:(\d+)\.)?([\w-]+)$/.exec(parts.get(partName(0)) ?? '') ?? [];
      if (first === undefined) return undefined;
      const more = Array.from({ length: Number(count) - 1 }, (_, n) => parts.get(partName(n + 1)));
      return more.includes(undefined) ? undefined : open(first + more.join(''), format);
    },
    seal: ({ createdAt, touchedAt, content: { claims, ...content } }: KeptSession): Sealed => {
      const known = claimsOf(content.id_token);
      const moreClaims = Object.fromEntries(Object.entries(claims).filter(([claim]) => !(claim in known)));
      const json = JSON.stringify({ createdAt, touchedAt, content, moreClaims } satisfies Content);
      const jsonBytes = Buffer.byteLength(json);
      if (jsonBytes > MAX_JSON_BYTES) return { value: '', bytes: jsonBytes, fits: false };
      const value = cipher.seal(packJson(json), boundTo(FORMAT));
      return { value, bytes: value.length, fits: value.length <= MAX_BYTES };
    },
    /** Lines for `Set-Cookie`; parts that `header` has and that are not needed any more are cleared. */
    write: ({ value }: Sealed, header: string | undefined, seconds: number): string[] => {
      const count = Math.ceil(value.length / PART_BYTES);
      const written = Array.from({ length: count }, (_, n) => {
        const part = value.slice(n * PART_BYTES, (n + 1) * PART_BYTES);
        return lines.set(partName(n), n === 0 ? `${count}.${FORMAT}.${part}` : part, seconds);
      });
      const names = new Set(written.map(cookieName));
      return [...written, ...clearAll(header).filter((line) => !names.has(cookieName(line)))];
    },
    /** Lines that clear every part that `header` has. */
    clear: clearAll,
  };
}
