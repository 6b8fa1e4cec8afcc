'use strict';

/** Answers that take their time. */
const { EventEmitter, once } = require('node:events');
const express = require('express');
const { door } = require('./door.js');

const news = new EventEmitter();
const live = express.Router();

live.get('/events', door.signedIn, (req, res) => {
  // `no-transform` is what compression asks for: it would keep small events to itself.
  res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform' });
  res.write(`data: hello ${door.user(req).name}\n\n`);
  const tell = (text) => res.write(`data: ${text}\n\n`);
  const end = () => res.end();
  news.on('news', tell).once('end', end);
  res.once('close', () => news.off('news', tell).off('end', end));
});
live.get('/listeners', (_req, res) => res.json(news.listenerCount('news')));
live.post('/news', door.signedIn, (req, res) => {
  news.emit('news', req.body.text);
  res.sendStatus(204);
});
live.post('/end', door.signedIn, (_req, res) => {
  news.emit('end');
  res.sendStatus(204);
});

/** A table as CSV, row by row as they come, in gzip: each row has to be flushed. */
live.get('/rows', door.signedIn, (_req, res, next) => {
  const send = async () => {
    res.type('csv').write('row\n');
    res.flush();
    const [text] = await once(news, 'news');
    if (text === 'broken') throw new Error('the table broke in the middle');
    for (let n = 1; n <= 20_000; n += 1) {
      if (!res.write(`${n} ${text}\n`)) await once(res, 'drain');
    }
    res.end();
  };
  send().catch(next);
});

module.exports = { live };
