import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import { jwt, oidcProvider } from 'better-auth/plugins';

const { PORT, APP_URL, CLIENT_ID, CLIENT_SECRET } = process.env;
const baseURL = `http://localhost:${PORT}`;
const tables = ['user', 'session', 'account', 'verification', 'jwks'];
const ofOidc = ['oauthApplication', 'oauthAccessToken', 'oauthConsent'];

const auth = betterAuth({
  baseURL,
  secret: 'a secret of the tests, and of nobody else',
  database: memoryAdapter(Object.fromEntries([...tables, ...ofOidc].map((name) => [name, []]))),
  emailAndPassword: { enabled: true },
  plugins: [
    jwt({ jwt: { issuer: `${baseURL}/api/auth` } }),
    oidcProvider({
      useJWTPlugin: true,
      loginPage: '/sign-in',
      metadata: { jwks_uri: `${baseURL}/api/auth/jwks` },
      trustedClients: [
        {
          ...{ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, name: 'the app', type: 'web', disabled: false },
          ...{ redirectUrls: [`${APP_URL}/callback`, APP_URL, `${APP_URL}/`], metadata: {}, skipConsent: true },
        },
      ],
    }),
  ],
});
await auth.api.signUpEmail({ body: { name: 'Alice Adams', email: 'alice@example.com', password: 'password' } });

const handle = toNodeHandler(auth);
const page = `<!doctype html><title>Sign in</title>
<form><input name="email"><input name="password" type="password"><button>Sign in</button></form>
<script>
  document.forms[0].addEventListener('submit', async (event) => {
    event.preventDefault();
    const body = JSON.stringify(Object.fromEntries(new FormData(event.target)));
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch('/api/auth/sign-in/email', { method: 'POST', headers, body });
    const { url } = await answer.json();
    location.href = answer.redirected ? answer.url : url;
  });
</script>`;
createServer((req, res) => {
  if (req.url?.startsWith('/sign-in')) res.setHeader('content-type', 'text/html').end(page);
  else handle(req, res);
}).listen(Number(PORT), () => console.log(`ready on ${baseURL}`));
