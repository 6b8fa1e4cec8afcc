/** The host app that both releases serve; `SIDE` says which one does. */
export const HOST_JS = String.raw`
import express from 'express';
import { gatehouse } from 'gatehouse';

const { SIDE, PORT } = process.env;
const door = gatehouse({ onLogin: () => ({ begunAt: SIDE }) });
const app = express();
app.use(door);
app.get('/me', door.signedIn, (req, res) => {
  const { id, createdAt, data } = door.session(req);
  res.json({ sub: door.user(req).sub, email: door.user(req).email, id, createdAt, data });
});
app.post('/data', door.signedIn, express.json(), async (req, res) => {
  await door.session(req).save(req.body);
  res.json(door.session(req).data);
});
app.post('/data/:field/remove', door.signedIn, async (req, res) => {
  await door.session(req).save({ [req.params.field]: undefined });
  res.json(door.session(req).data);
});
const token = async (req, res) => {
  const { value, expiresIn } = await door.accessToken(req, { forceRefresh: req.method === 'POST' });
  res.json({ value, expiresIn });
};
app.get('/token', door.signedIn, token);
app.post('/token', door.signedIn, token);
app.post('/end', express.json(), async (req, res) => res.json(await door.endSessions(req.body)));
app.use(door.errors);

await door.ready();
const server = app.listen(Number(PORT), () => console.log('ready on ' + PORT));
process.once('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
  void door.stop();
});
`;
