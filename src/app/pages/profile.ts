import type { RequestHandler } from 'express';
import { currentUser } from '../../gatehouse/door/user.ts';
import { heldTokens } from '../../gatehouse/tokens/token-vault.ts';
import { respond } from '../respond.ts';
import type { Services } from '../services.ts';
import { timeOf } from '../time-in-words.ts';

/** `GET /profile`: the person first, then every claim, and what the app holds for them. */
export function profile({ config }: Pick<Services, 'config'>): RequestHandler {
  return (req, res) => {
    const claims: Record<string, unknown> = currentUser(req)?.claims ?? {};
    const session = req.appSession ?? {};
    respond(req, res, {
      view: 'profile',
      json: { user: claims },
      model: {
        claims: Object.entries(claims).map(([name, value]) => ({ name, ...readable(name, value) })),
        lastUpdate: timeOf(claims['updated_at']),
        signedInAt: timeOf(claims['auth_time'] ?? session.asked?.at),
        tokens: heldTokens(session, config).map((token) => ({ ...token, endsAt: timeOf(token.endsAt) })),
        idleSeconds: config.session.rollingSeconds,
        isRenewable: session.refresh_token !== undefined,
      },
    });
  };
}

const TIMES = new Set(['iat', 'exp', 'nbf', 'auth_time', 'updated_at']);

/** A claim as a time, or as text: structures as JSON. */
function readable(name: string, value: unknown): { time?: Date; text?: string } {
  const time = TIMES.has(name) ? timeOf(value) : undefined;
  if (time) return { time };
  return { text: typeof value === 'string' ? value : JSON.stringify(value, null, 2) };
}
