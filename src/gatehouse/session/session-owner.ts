import { decodeJwt } from 'jose';
import type { WebSession } from './web-session.ts';

/** Whose session it is, as the index knows it. */
export interface SessionOwner {
  readonly sub: string;
  readonly sid: string | undefined;
}

/** The owner of a session; undefined for one without a login. */
export function ownerOf({ id_token, sid }: WebSession): SessionOwner | undefined {
  if (!id_token) return undefined;
  const { sub } = decodeJwt(id_token);
  return sub === undefined ? undefined : { sub, sid };
}
