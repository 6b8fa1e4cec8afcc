import type { Request } from 'express';
import type { User } from '../session/user.ts';

/** What the host makes of a login before its session is made. */
export type OnLogin = (login: { readonly claims: User['claims']; readonly user: User }, req: Request) => unknown;
