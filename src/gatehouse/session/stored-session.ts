import { SessionUnreadableError } from '../errors/session-store-unavailable.ts';
import type { SessionCipher } from './session-cipher.ts';
import { claimsOf, type KeptSession, type SessionContent } from './session-content.ts';

/** A session as stored, with what is needed to write it without undoing anybody's work. */
export interface StoredSession extends KeptSession {
  /** The public name of the session: what the store, the index and `/sessions` call it. */
  readonly name: string;
  /** How its value begins: the format and the version, which another write would have changed. */
  readonly head: string;
  readonly version: number;
  /** Sealed by a secret that is being phased out: the next touch rewrites it. */
  readonly isOldSeal: boolean;
}

/**
 * Values in Redis: `<format> <version> <touchedAt> <sealed>`. The numbers are readable for Redis, so that it can
 * compare and touch without our key; `sealed` holds the rest, and when the session began.
 *
 * - Format 1 had no number in front, and kept the claims of UserInfo apart: `{ createdAt, data }`.
 * - Format 2: `{ createdAt, content }`, with all claims ready.
 *
 * Each is read for as long as sessions of it may live; a golden value of each is in the tests. A newer format belongs
 * to a release that runs beside this one, and is left alone.
 */
export const STORED_FORMAT = 2;
const NUMBERS = /^(?:(\d+) )?(\d+) (\d+)$/;

export function encodeSession(
  { name, version, touchedAt, createdAt, content }: Omit<StoredSession, 'head' | 'isOldSeal'>,
  cipher: SessionCipher,
): string {
  const sealed = cipher.seal(JSON.stringify({ createdAt, content }), name);
  return `${headOf(version)}${touchedAt} ${sealed}`;
}

/** How the value of a version begins. */
export function headOf(version: number): string {
  return `${STORED_FORMAT} ${version} `;
}

/**
 * The session of a value; undefined for what is not ours: changed, or moved here from another key.
 * @throws SessionUnreadableError
 */
export function decodeSession(name: string, value: string, cipher: SessionCipher): StoredSession | undefined {
  const space = value.lastIndexOf(' ');
  const sealed = value.slice(space + 1);
  const [, format = '1', version = '', touchedAt = ''] = NUMBERS.exec(value.slice(0, space)) ?? [];
  if (version === '') return undefined;
  if (Number(format) > STORED_FORMAT) throw new SessionUnreadableError(`kept in format ${format}`);
  const json = cipher.open(sealed, name)?.toString();
  if (json === undefined) return undefined;
  const opened = JSON.parse(json) as Partial<Format1 & Format2>;
  // The format is outside the seal: what does not fit it was changed.
  if (!(format === '1' ? opened.data : opened.content)) return undefined;
  const { createdAt, content } = format === '1' ? fromFormat1(opened as Format1) : (opened as Format2);
  return {
    name,
    content,
    head: value.slice(0, value.length - sealed.length - touchedAt.length - 1),
    version: Number(version),
    createdAt,
    touchedAt: Number(touchedAt),
    isOldSeal: !cipher.isCurrent(sealed),
  };
}

type Format2 = Omit<KeptSession, 'touchedAt'>;

interface Format1 {
  readonly createdAt: number;
  readonly data: Omit<SessionContent, 'claims'> & { readonly userinfo?: Record<string, unknown> };
}

function fromFormat1({ createdAt, data: { userinfo, ...data } }: Format1): Format2 {
  return {
    createdAt,
    content: {
      ...data,
      claims: claimsOf(data.id_token, userinfo),
      asked: data.asked ?? { at: createdAt },
      logins: data.logins ?? [],
    },
  };
}
