import express, { type ErrorRequestHandler, type Request } from 'express';
import sdk from 'express-openid-connect';
import helmet from 'helmet';

const { auth, claimCheck, requiresAuth } = sdk;
const { PORT, AUDIENCE, MESSAGES_API = '' } = process.env;

const app = express();
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
    afterCallback: (req, _res, session) => {
      if (req.oidc.user?.email_verified !== true) {
        throw Object.assign(new Error('Please confirm your e-mail address first.'), { status: 403 });
      }
      return { ...session, theme: 'light' };
    },
  }),
);
app.use(express.urlencoded());

app.get('/', (req, res) => {
  res.type('text').send(req.oidc.isAuthenticated() ? `Hello, ${req.oidc.user?.name}!` : 'Hello, stranger!');
});

const dataOf = (req: Request) => (req as Request & { appSession: Record<string, unknown> }).appSession;
app.get('/profile', requiresAuth(), (req, res) => {
  const { sub, name, email } = req.oidc.user ?? {};
  res.json({ sub, name, email, theme: dataOf(req).theme });
});
app.post('/profile/theme', requiresAuth(), (req, res) => {
  dataOf(req).theme = req.body.theme;
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
  const { status = 500, message } = error;
  res.status(status).type('text');
  res.send(status < 500 ? message : 'Something went wrong.');
};
app.use(errors);

const server = app.listen(Number(PORT), () => console.log(`ready on ${PORT}`));
process.once('SIGTERM', () => server.close());
