/** Compiler options as strict as host apps have them, with nothing of ours assumed. */
export const STRICT = {
  compilerOptions: {
    ...{ target: 'es2022', module: 'nodenext', types: ['node'] },
    ...{ strict: true, skipLibCheck: false, exactOptionalPropertyTypes: false },
    ...{ noImplicitAny: true, noUncheckedIndexedAccess: true, verbatimModuleSyntax: true },
  },
};
export const TSCONFIG = JSON.stringify({ ...STRICT, files: ['app.ts', 'surface.ts'] });

/** The example of CONTRACT part 6: all of the surface, each part once. Type-checked only. */
export const SURFACE_TS = String.raw`
import express, { type Express, type Request } from 'express';
import {
  ConfigError, gatehouse, LoginRefused, requireToken,
  type AccessToken, type AccessTokenRequest, type Claims, type Door, type DoorEvent, type DoorPages, type DoorPaths,
  type DoorSession,
  type Env, type Failure, type GatehouseOptions, type HeldToken, type LogFields, type Logger, type Login, type OnLogin, type RequireTokenOptions,
  type SessionData, type SessionEntry, type Standing, type TellingError, type TokenAuth, type TokenNeeds, type User,
} from 'gatehouse';
import { doorMetrics } from 'gatehouse/metrics';
import { register } from 'prom-client';

const env: Env = process.env;
const log: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: (about: object, message: string) => {} };
const paths: DoorPaths = { login: '/login', signup: '/signup', logout: '/logout', sessions: '/sessions' };
const onLogin: OnLogin = async (login: Login, req) => {
  const { claims, user, accessToken } = login;
  const all: Claims = claims;
  const token: AccessToken = accessToken();
  // @ts-expect-error it is for the door alone
  void login.refreshToken;
  if (token.scope === '') return undefined;
  if (all['blocked'] === true) throw new LoginRefused('Not you, ' + user.name + ', from ' + req.ip);
  return { since: 1 };
};
const pages: DoorPages = {
  error: (req, res, failure: Failure) => {
    const { status, code, title, message, action, requestId, operator } = failure;
    const told: (string | number | undefined)[] = [
      status, code, title, message, action?.label, action?.href, requestId, operator?.causes[0], operator?.remedy,
    ];
    res.send(req.path + told.join());
  },
  confirmLogout: (req, res, { logoutUrl }) => res.send(door.formToken(req) + logoutUrl),
  sessions: async (_req, res, { sessions }) => {
    const entries: readonly SessionEntry[] = sessions;
    res.json(entries.map((one) => [one.id, one.current, one.createdAt.getTime(), one.lastSeenAt, one.userAgent]));
  },
};
const counted = doorMetrics(register);
const observe = (event: DoorEvent): void => {
  if (event.event === 'session.revoked') log.info({ by: event.by, user: event.sub }, String(event.count));
  counted(event);
};
const options: GatehouseOptions = {
  env, paths, pages, onLogin, log, observe,
  authorizationParams: (req) => ({ organization: req.hostname }),
  cookieName: 'gatehouse',
};
const door: Door = gatehouse(options);
gatehouse();
gatehouse({ env: { A: undefined }, paths: { sessions: false }, pages: { error: (_req, res) => res.end() } });

const app: Express = express();
app.use(door);
app.get('/account', door.signedIn, (req, res) => {
  const user: User | undefined = door.user(req);
  const standing: Standing = door.standing(req);
  const fields: LogFields = door.logFields(req);
  log.info({ ...fields, page: 1 }, 'shown');
  res.send([user?.sub, user?.name, user?.email, user?.picture, user?.claims['role'], standing].join());
});
app.get('/staff', door.allow((user, req) => user.claims['role'] === req.query['role'], 'staff'));
app.get('/later', door.allow(async (user: User) => user.sub !== '', 'staff'));
app.get('/token', async (req, res) => {
  const asked: AccessTokenRequest = { audience: 'https://api', scope: 'a b', forceRefresh: true };
  const token: AccessToken = await door.accessToken(req, asked);
  const parts: [string, string, number, string] = [token.value, token.type, token.expiresIn, token.scope];
  res.json([parts, token.age, token.isRenewable, await door.accessToken(req)]);
});
app.post('/data', async (req, res) => {
  const session: DoorSession | undefined = door.session(req);
  if (!session) throw Object.assign(new Error('nobody'), { status: 404, code: 'NOBODY' }) satisfies TellingError;
  const held: HeldToken | undefined = session.tokens[0];
  const kept: void = await session.save({ theme: 'dark', other: undefined });
  const anything: unknown = session.data['theme'];
  // @ts-expect-error nobody has said what it is
  const theme: string = session.data['theme'];
  const nothingYet: SessionData = {};
  const times: Date[] = [session.createdAt, session.expiresAt, session.endsAtLatest];
  res.json([session.id, times, anything, theme, nothingYet, session.rollingSeconds, session.isRenewable, held?.audience, kept]);
});
app.use(door.errors);

const api = express();
const needs: TokenNeeds = { permission: 'read:reports', claims: ['org_id'] };
const guard: RequireTokenOptions = { env: process.env, log, ...needs };
api.get('/messages', requireToken({ env: process.env }), (req, res) => {
  const auth: TokenAuth | undefined = req.auth;
  res.json([auth?.sub, auth?.scopes.includes('a'), auth?.claims['org_id'], auth?.token]);
});
api.get('/reports', requireToken(guard));

export async function operate(req: Request): Promise<number> {
  await door.ready();
  await door.ready('sessions');
  const ended: number = await door.endSessions({ sub: 'user' });
  await door.stop();
  await door.stop(500);
  // @ts-expect-error express-openid-connect would declare it
  void req.oidc;
  // @ts-expect-error express-session would declare it
  void req.session;
  // @ts-expect-error pino-http would declare it
  void req.log;
  // @ts-expect-error it is the API's, of no other shape
  void req.auth?.payload;
  // @ts-expect-error a permission is a text
  requireToken({ env, permission: 7 });
  // @ts-expect-error no such option
  gatehouse({ environment: env });
  return ended;
}

export function problemsOf(error: unknown): readonly string[] {
  return error instanceof ConfigError ? error.problems : [];
}
`;

/** An app with the plain pages, and an API beside it that it calls. */
export const APP_TS = String.raw`
import express from 'express';
import { type Door, ConfigError, gatehouse, LoginRefused, requireToken } from 'gatehouse';

function open(): Door {
  try {
    return gatehouse({
      onLogin: ({ user }) => {
        if (user.name.startsWith('Bob')) throw new LoginRefused('Bob is not expected here.');
        return { name: user.name };
      },
      cookieName: 'foreign',
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.log(error.problems.join('\n'));
    process.exit(7);
  }
}

const door = open();
const app = express();
app.use(door);
app.get('/', (req, res) => void res.send('<h1>' + (door.user(req)?.name ?? 'nobody') + '</h1><a href="/logout">Out</a>'));
app.get('/account', door.signedIn, (req, res) => void res.send('<h1>' + door.user(req)?.name + '</h1><a href="/logout">Out</a>'));
app.get('/staff', door.allow((user) => user.claims['role'] === 'staff', 'staff'), (_req, res) => void res.send('staff'));
app.get('/alices', door.allow((user) => user.name.startsWith('Alice'), 'alices'), (_req, res) => void res.send('alices'));
app.post('/data', door.signedIn, express.json(), async (req, res) => {
  await door.session(req)?.save({ ...req.body, removed: undefined });
  res.json(door.session(req)?.data);
});
app.get('/data', door.signedIn, (req, res) => void res.json(door.session(req)?.data));
app.get('/messages', door.signedIn, async (req, res) => {
  const { value, type } = await door.accessToken(req);
  const answer = await fetch('http://localhost:' + process.env['PORT'] + '/api/messages', {
    headers: { authorization: type + ' ' + value },
  });
  res.json(await answer.json());
});
app.post('/end', async (req, res) => void res.json(await door.endSessions({ sub: String(req.query['sub']) })));
app.get('/ready', (_req, res) =>
  door.ready().then(() => void res.json('ready'), (error: { code: string }) => void res.status(503).json(error.code)),
);
app.get('/fault', () => {
  throw new Error('internals of the host');
});

const api = express.Router();
api.get('/messages', requireToken({ env: process.env }), (req, res) => void res.json({ for: req.auth?.sub }));
api.get('/reports', requireToken({ env: process.env, permission: 'read:reports' }), (_req, res) => void res.json({}));
app.use('/api', api);
app.use(door.errors);

await door.ready();
const server = app.listen(Number(process.env['PORT']), () => console.log('ready on ' + process.env['PORT']));
process.once('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
  void door.stop();
});
`;
