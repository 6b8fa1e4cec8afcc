import type { Request, RequestHandler } from 'express';
import { CatalogueError, HOME } from '../errors/catalogue-error.ts';
import { ProviderUnavailableError } from '../oidc/provider-fault.ts';
import { withDeadline } from '../platform/deadline.ts';
import { asSessionFields, readyToKeep, withChanges } from '../session/own-data.ts';
import { userInLogs } from '../session/session-content.ts';
import { endsAt, endsAtLatest } from '../session/session-lifetime.ts';
import type { AccessToken, AccessTokenRequest } from '../tokens/access-token.ts';
import { heldTokens } from '../tokens/token-vault.ts';
import { errorHandler } from './errors.ts';
import { LoginAgainError, LoginRequiredError, permissionMissing } from './failures.ts';
import { allow, signedIn } from './guards.ts';
import type { Door, DoorSession } from './options.ts';
import type { DoorParts } from './parts.ts';
import { ownRoutes } from './routes.ts';

/** The door of these parts. */
export function createDoor(parts: DoorParts): Door {
  const { visits, sessions, ownPages, accessTokens, redis, provider, observe } = parts;
  const routes = ownRoutes(parts);

  const open: RequestHandler = (req, res, next) => {
    sessions.open(req, res).then((opened) => {
      visits.begin(req, res, opened);
      routes(req, res, next);
    }, next);
  };
  return Object.assign(open, {
    signedIn: signedIn(parts),
    allow: allow(parts),
    user: visits.user,
    standing: visits.standing,
    session: (req) => sessionOf(req, parts),
    accessToken: (req, request) => accessTokenOf(req, parts, request),
    formToken: ownPages.formToken,
    logFields: visits.about,
    errors: errorHandler(parts),
    ready: async (part) => {
      await sessions.assertReadable();
      if (part !== 'sessions') await provider.configuration();
    },
    endSessions: async ({ sub }) => {
      if (!sessions.index) throw new Error('sessions in cookies cannot be ended from elsewhere; set REDIS_URL');
      const count = await sessions.index.endSubject(sub);
      observe({ event: 'session.revoked', by: 'operator', count, sub: userInLogs(sub) });
      return count;
    },
    stop: async (patienceMs = 1000) => {
      await withDeadline(accessTokens.settled(), patienceMs).catch(() => undefined);
      sessions.stop();
      redis?.destroy();
    },
  } satisfies Omit<Door, keyof RequestHandler>);
}

function sessionOf(req: Request, { visits, sessions, config, links }: DoorParts): DoorSession | undefined {
  const session = visits.session(req);
  if (!session) return undefined;
  const dateOf = (seconds: number) => new Date(seconds * 1000);
  return {
    id: session.name,
    createdAt: dateOf(session.createdAt),
    expiresAt: dateOf(endsAt(session, config.session)),
    endsAtLatest: dateOf(endsAtLatest(session, config.session)),
    rollingSeconds: config.session.rollingSeconds,
    get data() {
      return asSessionFields(session.content.data);
    },
    tokens: heldTokens(session.content, config),
    isRenewable: session.content.refresh_token !== undefined,
    save: async (changes) => {
      if (sessions.areInCookies && visits.of(req).res.headersSent) {
        throw new Error('a session in a cookie is saved before its answer is sent; set REDIS_URL for more');
      }
      const ready = readyToKeep(changes);
      const isKept = await session.change((draft) => {
        draft.data = withChanges(draft.data, ready, sessions.maxDataBytes);
      });
      if (!isKept) throw new LoginRequiredError(links.login(links.pageOf(req)));
    },
  };
}

/** Throws every outcome but a token as the error to show. @throws SessionStoreUnavailableError, too */
async function accessTokenOf(req: Request, parts: DoorParts, request: AccessTokenRequest = {}): Promise<AccessToken> {
  const { config, visits, accessTokens, sessions, links } = parts;
  const { audience = config.audience ?? '' } = request;
  const session = visits.session(req);
  if (!session) throw new LoginRequiredError(links.login(links.pageOf(req)));
  const { asked } = session.content;
  // A forced token replaces one that the API has refused: what one login did not mend, another will not mend either.
  const before = request.forceRefresh ? asked : undefined;
  const got = await accessTokens.get(session, request);
  switch (got.outcome) {
    case 'token':
      return got.token;
    case 'refused': {
      const { res } = visits.of(req);
      if (!res.headersSent) sessions.forget(req, res);
      throw new LoginAgainError({}, before);
    }
    case 'no refresh token':
      throw new LoginAgainError({}, before);
    case 'interaction needed':
      throw new LoginAgainError({ prompt: 'login' }, asked);
    case 'unavailable':
      throw new ProviderUnavailableError(got.cause);
    case 'too often':
      throw new CatalogueError('REFRESHED_TOO_OFTEN', { retryAfterSeconds: got.retryAfterSeconds });
    case 'audience not granted':
      throw new CatalogueError('AUDIENCE_NOT_GRANTED', { values: { audience }, action: HOME });
    case 'scope not granted':
      throw permissionMissing(req, parts, request.scope, { ofApi: true });
  }
}
