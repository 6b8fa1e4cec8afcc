import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import compression from 'compression';
import express, { type RequestHandler } from 'express';
import { compress } from './compress.ts';

const LONG = '<p>the same again</p>'.repeat(200);

/** A server with answers of every kind. */
function serve(compressing: RequestHandler) {
  const app = express().disable('etag').use(compressing);
  app.use((_req, res, next) => {
    res.sendDate = false;
    next();
  });
  app.get('/long', (_req, res) => void res.vary('Accept').type('html').send(LONG));
  app.get('/short', (_req, res) => void res.type('html').send('short'));
  app.get('/picture', (_req, res) => void res.type('png').send(Buffer.alloc(4000)));
  app.get('/encoded', (_req, res) => void res.type('html').set('Content-Encoding', 'gzip').send(LONG));
  app.get('/nothing', (_req, res) => void res.status(204).end());
  app.get('/elsewhere', (_req, res) => res.redirect('/long'));
  app.get('/by-head', (_req, res) => void res.writeHead(200, { 'content-type': 'text/html' }).end(LONG));
  app.get('/in-parts', (_req, res) => {
    res.type('html').write(LONG);
    res.end(LONG);
  });
  return app.listen(0);
}

describe('compression where the client accepts it', () => {
  const ours = serve(compress());
  const theirs = serve(compression());
  before(async () => {
    for (const server of [ours, theirs]) if (!server.listening) await once(server, 'listening');
  });
  after(() => [ours, theirs].forEach((server) => server.close()));

  async function answer(server: typeof ours, path: string, method: string, accepted: string | undefined) {
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
    const { port } = server.address() as AddressInfo;
    const call = request({ port, path, method, headers, agent: false }).end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    const body = await buffer(response);
    return { status: response.statusCode, headers: response.headers, body: body.toString('base64') };
  }

  const paths = ['/long', '/short', '/picture', '/encoded', '/nothing', '/elsewhere', '/by-head', '/in-parts'];
  for (const accepted of [undefined, '', 'identity', 'gzip, deflate, br', 'GZIP', 'deflate;q=0.5', 'gzip;q=0', '*']) {
    it(`answers as compression itself: Accept-Encoding ${accepted ?? 'not sent'}`, async () => {
      for (const path of [...paths, '/not-found']) {
        for (const method of ['GET', 'HEAD']) {
          const expected = await answer(theirs, path, method, accepted);
          const { headers, ...rest } = await answer(ours, path, method, accepted);
          // If the client accepts no compression, ours also sets Vary on pictures and the like.
          const { vary, ...others } = expected.headers;
          assert.ok(!vary || headers.vary?.split(', ').sort().join() === vary.split(', ').sort().join(), path);
          const same = { ...headers, vary: undefined };
          assert.deepEqual({ ...rest, headers: same }, { ...expected, headers: { ...others, vary: undefined } }, path);
        }
      }
    });
  }

  it('leaves the answer of a client that accepts none as it is, but for its Vary', async () => {
    const { headers, body } = await answer(ours, '/long', 'GET', undefined);
    assert.equal(headers.vary, 'Accept-Encoding, Accept');
    assert.equal(headers['content-length'], String(LONG.length));
    assert.equal(Buffer.from(body, 'base64').toString(), LONG);
    assert.equal((await answer(ours, '/long', 'GET', 'br')).headers['content-encoding'], 'br');
  });
});

it('leaves what is of a person alone where the address says something, too (BREACH)', async () => {
  const app = express().use(compress());
  app.get('/personal', (_req, res) => void res.set('Cache-Control', 'no-store').type('html').send(LONG));
  app.use('/nowhere', (_req, res) => void res.status(404).set('Cache-Control', 'no-store').type('html').send(LONG));
  app.get('/public', (_req, res) => void res.set('Cache-Control', 'public').type('html').send(LONG));
  const server = app.listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const encodingOf = async (path: string) =>
    (await fetch(`http://localhost:${port}${path}`)).headers.get('content-encoding');
  assert.deepEqual(
    await Promise.all(['/personal', '/personal?q=guess', '/nowhere/guess', '/public?v=1'].map(encodingOf)),
    ['gzip', null, null, 'gzip'],
  );
  server.close();
});
