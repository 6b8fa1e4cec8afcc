import type { DoorSession } from '#gatehouse';
import type { RequestHandler } from 'express';
import type { AppParts } from '../app-parts.ts';
import { respond } from '../render.ts';
import { timeOf } from '../time-in-words.ts';

/** `GET /profile`: the person first, then every claim, and what the app holds for them. */
export function profile({ door }: AppParts): RequestHandler {
  return (req, res) => {
    const claims: Record<string, unknown> = door.user(req)?.claims ?? {};
    respond(req, res, { view: 'profile', json: { user: claims }, model: () => modelOf(claims, door.session(req)) });
  };
}

function modelOf(claims: Record<string, unknown>, session: DoorSession | undefined) {
  return {
    claims: Object.entries(claims).map(([name, value]) => ({ name, ...readable(name, value) })),
    lastUpdate: timeOf(claims['updated_at']),
    signedInAt: timeOf(claims['auth_time']) ?? session?.createdAt,
    held: session,
  };
}

const TIMES = new Set(['iat', 'exp', 'nbf', 'auth_time', 'updated_at']);

/** A claim as a time, or as text: structures as JSON. */
function readable(name: string, value: unknown): { time?: Date; text?: string } {
  const time = TIMES.has(name) ? timeOf(value) : undefined;
  if (time) return { time };
  return { text: typeof value === 'string' ? value : JSON.stringify(value, null, 2) };
}
