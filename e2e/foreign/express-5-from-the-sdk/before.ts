import { appendFile } from 'node:fs/promises';
import express, { type ErrorRequestHandler, type Request } from 'express';
import sdk from 'express-openid-connect';
import helmet from 'helmet';

const { auth, claimCheck, requiresAuth } = sdk;
const { PORT, AUDIENCE, MESSAGES_API = '' } = process.env;

const app = express();
app.set('view engine', 'ejs');
app.use(helmet());
app.use(
  auth({
    authRequired: false,
    idpLogout: true,
    routes: { login: '/sign-in', logout: '/sign-out' },
    authorizationParams: {
      response_type: 'code',
      scope: 'openid profile email offline_access',
      audience: AUDIENCE,
    },
    afterCallback: async (req, _res, session) => {
      const { sub, name, email_verified } = req.oidc.user ?? {};
      if (email_verified !== true) {
        throw Object.assign(new Error('Please confirm your e-mail address first.'), { status: 403 });
      }
      await appendFile('logins.csv', `${sub},${name}\n`);
      return { ...session, settings: { theme: 'light' } };
    },
  }),
);
app.use(express.urlencoded());

app.get('/', (req, res) => {
  res.type('text').send(req.oidc.isAuthenticated() ? `Hello, ${req.oidc.user?.name}!` : 'Hello, stranger!');
});

type WithSettings = Request & { appSession: { settings: Record<string, unknown> } };
const settingsOf = (req: Request) => (req as WithSettings).appSession.settings;
app.get('/profile', requiresAuth(), (req, res) => {
  const { sub, name, email } = req.oidc.user ?? {};
  res.json({ ...settingsOf(req), sub, name, email });
});
app.post('/profile/settings', requiresAuth(), (req, res) => {
  const { setting, value } = req.body;
  settingsOf(req)[setting] = value;
  res.redirect(303, '/profile');
});

const forGermans = claimCheck((_req, claims) => claims.locale === 'de');
app.get('/angebote', forGermans, (_req, res) => {
  res.type('text').send('Angebote');
});

app.get('/messages', requiresAuth(), async (req, res) => {
  let { accessToken } = req.oidc;
  if (accessToken?.isExpired()) accessToken = await accessToken.refresh();
  const answer = await fetch(MESSAGES_API, {
    headers: { authorization: `${accessToken?.token_type} ${accessToken?.access_token}` },
  });
  res.status(answer.status).json(await answer.json());
});

app.get('/events', requiresAuth(), (req, res) => {
  res.type('text/event-stream').flushHeaders();
  const tell = () => res.write(`data: Tick for ${req.oidc.user?.name}\n\n`);
  tell();
  const timer = setInterval(tell, 250);
  res.once('close', () => clearInterval(timer));
});

const errors: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) return next(error);
  const { status = 500 } = error;
  const message = status < 500 ? error.message : 'Something went wrong.';
  res.status(status).render('error', { status, message });
};
app.use(errors);

const server = app.listen(Number(PORT), () => console.log(`ready on ${PORT}`));
process.once('SIGTERM', () => server.close());
