import { randomBytes } from 'node:crypto';
import { cookieName, cookiePairs, cookieValue } from '../platform/cookies.ts';
import { createSigner } from '../platform/signer.ts';

/** A signed id takes 87 characters; anything much longer is no cookie of ours. */
const MAX_LENGTH = 128;
const ID_BYTES = 32;

/** The cookie `<id>.<signature>` of a session in Redis: signed by the first of `secrets`, one by any of them counts. */
export function sessionCookie(name: string, secrets: readonly string[]) {
  const signer = createSigner(secrets, 'gatehouse session cookie');
  // Signed with its name: under another it is worth nothing.
  const signed = (id: string) => `${name}=${id}`;

  return {
    name,
    newId: () => randomBytes(ID_BYTES).toString('base64url'),
    valueFor: (id: string) => `${id}.${signer.sign(signed(id))}`,
    /** The id that we have signed; undefined for anything else, which then costs no command to Redis. */
    idIn: (header: string | undefined): string | undefined => {
      const pair = cookiePairs(header).find((candidate) => cookieName(candidate) === name);
      const value = pair && cookieValue(pair);
      if (!value || value.length > MAX_LENGTH) return undefined;
      const dot = value.indexOf('.');
      const id = value.slice(0, dot);
      return dot > 0 && signer.isSigned(signed(id), value.slice(dot + 1)) ? id : undefined;
    },
  };
}
