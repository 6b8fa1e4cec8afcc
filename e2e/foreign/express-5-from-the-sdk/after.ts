import { appendFile } from 'node:fs/promises';
import express from 'express';
import { gatehouse, LoginRefused } from 'gatehouse';
import helmet from 'helmet';

const { PORT, MESSAGES_API = '' } = process.env;

const app = express();
app.set('view engine', 'ejs');
app.use(helmet({ referrerPolicy: { policy: 'same-origin' } }));
const door = gatehouse({
  paths: { login: '/sign-in', logout: '/sign-out' },
  onLogin: async ({ claims, user }) => {
    if (claims.email_verified !== true) {
      throw new LoginRefused('Please confirm your e-mail address first.');
    }
    await appendFile('logins.csv', `${user.sub},${user.name}\n`);
    return { theme: 'light' };
  },
  pages: { error: (_req, res, failure) => res.render('error', failure) },
});
app.use(door);
app.use(express.urlencoded());

app.get('/', (req, res) => {
  const user = door.user(req);
  res.type('text').send(user ? `Hello, ${user.name}!` : 'Hello, stranger!');
});

app.get('/profile', door.signedIn, (req, res) => {
  const { sub, name, email } = door.user(req) ?? {};
  res.json({ ...door.session(req)?.data, sub, name, email });
});
app.post('/profile/settings', door.signedIn, async (req, res) => {
  const { setting, value } = req.body;
  await door.session(req)?.save({ [setting]: value });
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
