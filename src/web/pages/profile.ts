import type { RequestHandler } from 'express';
import { currentUser } from '../../auth/current-user.ts';
import { respond } from '../respond.ts';

/** `GET /profile`: the person first, then every claim. */
export const profile: RequestHandler = (req, res) => {
  const claims: Record<string, unknown> = currentUser(req)?.claims ?? {};
  respond(req, res, {
    view: 'profile',
    title: 'Your profile',
    json: { user: claims },
    model: {
      lastUpdate: inWords('updated_at', claims['updated_at']),
      claims: Object.entries(claims).map(([name, value]) => ({ name, value: inWords(name, value) })),
    },
  });
};

const TIMES = new Set(['iat', 'exp', 'nbf', 'auth_time', 'updated_at']);

/** A claim as text: times as dates (seconds, or Auth0's ISO 8601), structures as JSON; undefined stays so. */
function inWords(name: string, value: unknown): string | undefined {
  if (TIMES.has(name)) {
    const date = new Date(typeof value === 'number' ? value * 1000 : String(value));
    if (!Number.isNaN(date.getTime())) return date.toUTCString();
  }
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
