import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { cookieName, cookiePairs, cookieValue } from '../platform/cookies.ts';

/** A signed id takes 87 characters; anything much longer is no cookie of ours. */
const MAX_LENGTH = 128;
const ID_BYTES = 32;

/** The cookie `<id>.<signature>` of a session in Redis: signed by the first of `secrets`, one by any of them counts. */
export function sessionCookie(name: string, secrets: readonly string[]) {
  const keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'gatehouse session cookie', 32)));
  const [current = Buffer.alloc(0)] = keys;
  const sign = (key: Buffer, id: string) => createHmac('sha256', key).update(`${name}=${id}`).digest();

  function isSigned(id: string, signature: string): boolean {
    const sent = Buffer.from(signature, 'base64url');
    return keys.some((key) => {
      const expected = sign(key, id);
      return sent.length === expected.length && timingSafeEqual(sent, expected);
    });
  }

  return {
    name,
    newId: () => randomBytes(ID_BYTES).toString('base64url'),
    valueFor: (id: string) => `${id}.${sign(current, id).toString('base64url')}`,
    /** The id that we have signed; undefined for anything else, which then costs no command to Redis. */
    idIn: (header: string | undefined): string | undefined => {
      const pair = cookiePairs(header).find((candidate) => cookieName(candidate) === name);
      const value = pair && cookieValue(pair);
      if (!value || value.length > MAX_LENGTH) return undefined;
      const dot = value.indexOf('.');
      const id = value.slice(0, dot);
      return dot > 0 && isSigned(id, value.slice(dot + 1)) ? id : undefined;
    },
  };
}
