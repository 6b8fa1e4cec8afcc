import express from 'express';
import { gatehouse, LoginRefused } from 'gatehouse';
import helmet from 'helmet';

const { PORT, MESSAGES_API = '' } = process.env;

const app = express();
app.use(helmet({ referrerPolicy: { policy: 'same-origin' } }));
const door = gatehouse({
  paths: { login: '/sign-in', logout: '/sign-out' },
  onLogin: ({ claims }) => {
    if (claims.email_verified !== true) {
      throw new LoginRefused('Please confirm your e-mail address first.');
    }
    return { theme: 'light' };
  },
});
app.use(door);
app.use(express.urlencoded());

app.get('/', (req, res) => {
  const user = door.user(req);
  res.type('text').send(user ? `Hello, ${user.name}!` : 'Hello, stranger!');
});

app.get('/profile', door.signedIn, (req, res) => {
  const { sub, name, email } = door.user(req) ?? {};
  res.json({ sub, name, email, theme: door.session(req)?.data.theme });
});
app.post('/profile/theme', door.signedIn, async (req, res) => {
  await door.session(req)?.save({ theme: req.body.theme });
  res.redirect(303, '/profile');
});

const forGermans = door.allow((user) => user.claims.locale === 'de', 'a German account');
app.get('/angebote', forGermans, (_req, res) => {
  res.type('text').send('Angebote');
});

app.get('/messages', door.signedIn, async (req, res) => {
  const { type, value } = await door.accessToken(req);
  const answer = await fetch(MESSAGES_API, {
    headers: { authorization: `${type} ${value}` },
  });
  res.status(answer.status).json(await answer.json());
});

app.get('/events', door.signedIn, (req, res) => {
  res.type('text/event-stream').flushHeaders();
  const tell = () => res.write(`data: Tick for ${door.user(req)?.name}\n\n`);
  tell();
  const timer = setInterval(tell, 250);
  res.once('close', () => clearInterval(timer));
});

app.use(door.errors);

const server = app.listen(Number(PORT), () => console.log(`ready on ${PORT}`));
process.once('SIGTERM', () => {
  server.close();
  void door.stop();
});
