'use strict';

/** Somebody else's app, older than the door: Express 4, CommonJS, with middleware of its own before it. */
const compression = require('compression');
const express = require('express');
const session = require('express-session');
const helmet = require('helmet');
const { door, logins } = require('./door.js');
const { live } = require('./live.js');
const { sub } = require('./sub.js');

/** Express 4 waits for no promise: without this a rejection would end the process. */
const caught = (work) => (req, res, next) => work(req, res, next).catch(next);

const app = express();
app.set('views', `${__dirname}/views`);
app.set('view engine', 'ejs');
app.use(helmet());
app.use(compression({ threshold: 0 }));
app.use(express.json());
// body-parser 1 leaves `{}` where it has not read the body: a host without this one looks to the door as if it had.
if (process.env.PARSERS !== 'json') app.use(express.urlencoded({ extended: true }));
app.use(
  session({
    name: 'host.sid',
    secret: 'of-the-host-alone',
    resave: false,
    rolling: true,
    saveUninitialized: false,
    cookie: { maxAge: 3_600_000 },
  }),
);
app.use(door);

app.get('/', (req, res) => res.render('home', { user: door.user(req) }));
app.get('/account', door.signedIn, (req, res) => {
  const { note } = door.session(req).data;
  res.render('account', { user: door.user(req), note, token: door.formToken(req), tab: req.query.tab });
});
app.post(
  '/note',
  door.signedIn,
  caught(async (req, res) => {
    await door.session(req).save({ note: req.body.note });
    res.redirect(303, '/account');
  }),
);
app.get('/logins', (_req, res) => res.json(logins));

app.get('/visits', (req, res) => {
  req.session.visits = (req.session.visits || 0) + 1;
  res.json({ visits: req.session.visits, user: door.user(req)?.name });
});
app.post('/forget-visits', (req, res, next) => {
  req.session.destroy((error) => {
    if (error) return next(error);
    return res.clearCookie('host.sid').json({ user: door.user(req)?.name });
  });
});

app.get('/data', door.signedIn, (req, res) => res.json(door.session(req).data));
app.post(
  '/data',
  door.signedIn,
  caught(async (req, res) => {
    await door.session(req).save(req.body);
    res.json(door.session(req).data);
  }),
);
app.get(
  '/token',
  door.signedIn,
  caught(async (req, res) => {
    const { value } = await door.accessToken(req, { forceRefresh: 'renew' in req.query });
    res.json({ token: value });
  }),
);

const isStaff = (user) => user.claims.role === 'staff';
app.get('/staff', door.allow(isStaff, 'staff'), (_req, res) => res.send('staff'));
const failingRule = async () => {
  throw new Error('the list of the staff is away');
};
app.get('/failing-rule', door.allow(failingRule, 'staff'), (_req, res) => res.send('staff'));
app.get(
  '/rejects',
  caught(async () => {
    throw new Error('internals of the host');
  }),
);
app.get('/by-hand', (req, res) => {
  res.writeHead(200, { 'Content-Type': 'text/plain', 'X-By': 'hand' });
  res.end(`by hand for ${door.user(req)?.name ?? door.standing(req)}`);
});

app.post(
  '/end',
  caught(async (req, res) => res.json({ ended: await door.endSessions({ sub: req.body.sub }) })),
);
app.use('/live', live);
app.use('/sub', sub);
app.use(door.errors);

const server = app.listen(Number(process.env.PORT), () => process.stdout.write(`ready on ${process.env.PORT}\n`));
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  door.stop();
});
