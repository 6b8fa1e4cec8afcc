import { randomBytes } from 'node:crypto';
import { cookieName, cookiePairs, cookieValue } from '../platform/cookies.ts';
import { createSigner } from '../platform/signer.ts';
import { UnknownSecretError } from '../platform/secret-id.ts';

/** A signed id takes 91 characters; anything much longer is not our cookie. */
const MAX_LENGTH = 128;
const ID_BYTES = 32;

/** The cookie `<id>.<signature>` of a session in Redis: signed by the first of `secrets`, valid if signed by any. */
export function sessionCookie(name: string, secrets: readonly string[]) {
  const signer = createSigner(secrets, 'gatehouse session cookie');
  // Signed together with its name: under another it is worthless.
  const signed = (id: string) => `${name}=${id}`;

  return {
    name,
    newId: () => randomBytes(ID_BYTES).toString('base64url'),
    valueFor: (id: string) => `${id}.${signer.sign(signed(id))}`,
    /**
     * The id that we have signed; undefined for anything else, which so costs no command to Redis. Of two cookies with
     * this name one is somebody else's: neither counts, and `onTwo` is called.
     * @throws UnknownSecretError
     */
    idIn: (header: string | undefined, onTwo: () => void): string | undefined => {
      const [value = '', ...more] = cookiePairs(header)
        .filter((pair) => cookieName(pair) === name)
        .map(cookieValue);
      if (more.length > 0) onTwo();
      const dot = value.indexOf('.');
      if (more.length > 0 || dot < 1 || value.length > MAX_LENGTH) return undefined;
      const [id, signature] = [value.slice(0, dot), value.slice(dot + 1)];
      if (signer.isSigned(signed(id), signature)) return id;
      const other = signer.otherSecretOf(signature);
      if (other !== undefined) throw new UnknownSecretError(other);
      return undefined;
    },
  };
}
