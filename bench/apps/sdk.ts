/** express-openid-connect and connect-redis as their own documentation shows them, with nothing of ours. */
import { RedisStore } from 'connect-redis';
import express from 'express';
import openid from 'express-openid-connect';
import { createClient } from 'redis';
import { sendHome, sendProfile, useViews } from './pages.ts';

const { PORT, REDIS_URL = '', ISSUER = '', BASE_URL = '', CLIENT_ID = '', CLIENT_SECRET = '' } = process.env;
const { SECRET = '', AUDIENCE = '', SCOPE = '' } = process.env;
const redis = createClient({ url: REDIS_URL });
await redis.connect();

const app = express();
useViews(app);

app.use(
  openid.auth({
    issuerBaseURL: ISSUER,
    baseURL: BASE_URL,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    secret: SECRET,
    authRequired: false,
    authorizationParams: { response_type: 'code', audience: AUDIENCE, scope: SCOPE },
    // connect-redis is written for express-session, which types sessions differently.
    session: { store: new RedisStore({ client: redis }) as never },
  }),
);

app.get('/', (req, res) => sendHome(req, res, req.oidc.user));
app.get('/profile', openid.requiresAuth(), (req, res) => sendProfile(req, res, req.oidc.user ?? {}));

app.listen(Number(PORT));
