'use strict';

/** An app within the app, with settings of its own and no error handler. */
const express = require('express');
const { door } = require('./door.js');

const sub = express();
sub.set('query parser', 'simple');
sub.disable('x-powered-by');
sub.get('/page', door.signedIn, (req, res) => res.json({ user: door.user(req).name, url: req.url, query: req.query }));
sub.get(
  '/staff',
  door.allow(({ claims }) => claims.role === 'staff', 'staff of the sub-app'),
  (_req, res) => res.send('staff'),
);

module.exports = { sub };
