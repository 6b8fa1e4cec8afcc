import { randomBytes } from 'node:crypto';
import { decodeJwt, type JWTPayload, SignJWT } from 'jose';
import { adding, keys, published } from './peculiar-provider.ts';
import { rewriting } from './provider-faults.ts';
import type { TokenApp } from './token-app.ts';

/** From now on the provider of `app` gives ID, access and refresh tokens of this many bytes, or a few more. */
export function giveTokensOf(
  app: TokenApp,
  size: { readonly id: number; readonly access: number; readonly refresh: number },
): void {
  app.faults.on(
    '/jwks',
    rewriting((body) => adding(() => published('RS256', 'ours'))(body, app)),
  );
  app.faults.on(
    '/token',
    rewriting(async (body) => {
      const own = decodeJwt(String(body['id_token']));
      return {
        ...body,
        id_token: await jwtOf(own, size.id),
        access_token: await jwtOf({ ...own, scope: 'openid profile email offline_access', jti: 'x' }, size.access),
        refresh_token: randomBytes(size.refresh).toString('base64url').slice(0, size.refresh),
      };
    }),
  );
}

async function jwtOf(claims: JWTPayload, bytes: number): Promise<string> {
  const roles: string[] = [];
  for (;;) {
    const token = await new SignJWT({ ...claims, roles })
      .setProtectedHeader({ alg: 'RS256', kid: 'ours' })
      .sign(keys.RS256.privateKey);
    if (token.length >= bytes) return token;
    while (roles.join().length < (bytes - token.length) / 2) roles.push(`role-${randomBytes(6).toString('hex')}`);
    roles.push('role');
  }
}
