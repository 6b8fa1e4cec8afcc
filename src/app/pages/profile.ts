import type { DoorSession } from '#gatehouse';
import type { RequestHandler } from 'express';
import type { AppParts } from '../app-parts.ts';
import { claimGroups } from '../claims.ts';
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
    groups: claimGroups(claims),
    lastUpdate: timeOf(claims['updated_at']),
    signedInAt: timeOf(claims['auth_time']) ?? session?.createdAt,
    held: session,
  };
}
