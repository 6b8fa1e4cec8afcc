/** The benchmark's unit: Express 5 and one Redis GET, with EJS for pages and no login at all. */
import express from 'express';
import { createClient } from 'redis';
import { type Claims, sendHome, sendProfile, useViews } from './pages.ts';

const { PORT, REDIS_URL = '' } = process.env;
const redis = createClient({ url: REDIS_URL });
await redis.connect();

async function userOf(cookies: string | undefined): Promise<Claims | undefined> {
  const id = /(?:^|; )session=([^;]+)/.exec(cookies ?? '')?.[1];
  const session = id && (await redis.get(`bare:${id}`));
  return session ? (JSON.parse(session) as { user: Claims }).user : undefined;
}

const app = express();
useViews(app);

app.get('/', async (req, res) => sendHome(req, res, await userOf(req.headers.cookie)));

app.get('/profile', async (req, res) => {
  const user = await userOf(req.headers.cookie);
  if (user) sendProfile(req, res, user);
  else res.sendStatus(401);
});

app.listen(Number(PORT));
