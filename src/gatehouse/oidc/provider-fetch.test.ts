import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, it } from 'node:test';
import { silent } from '../platform/logger.ts';
import { fetchOnceMore, tidyTokenAnswer, withoutChallenge } from './provider-fetch.ts';

describe('a kept connection that the provider has just closed', () => {
  async function serve(deaf: number) {
    let requests = 0;
    const server = createServer((req, res) => {
      requests += 1;
      if (requests <= deaf) req.socket.destroy();
      else res.end('here');
    }).listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return { url: `http://localhost:${port}`, count: () => requests, stop: () => void server.close() };
  }

  it('is no outage: the request is sent once more', async () => {
    const server = await serve(1);
    const response = await fetchOnceMore(fetch, server.url, {
      method: 'POST',
      body: new URLSearchParams({ code: 'x' }),
    });
    assert.equal(await response.text(), 'here');
    assert.equal(server.count(), 2);
    server.stop();
  });

  it('is one where it happens again', async () => {
    const server = await serve(9);
    await assert.rejects(fetchOnceMore(fetch, server.url), TypeError);
    assert.equal(server.count(), 2);
    server.stop();
  });

  it('is not tried where nobody listens', async () => {
    let connections = 0;
    const server = createServer().on('connection', (socket: Socket) => {
      connections += 1;
      socket.destroy();
    });
    server.listen(0);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    await assert.rejects(fetchOnceMore(fetch, `http://localhost:${port}`), TypeError);
    assert.equal(connections, 0);
  });
});

it('a token answer loses what is optional and makes no sense, and nothing else', () => {
  const answer = { access_token: 'a', token_type: 'Bearer', scope: null, expires_in: 'soon', id_token: {}, more: null };
  assert.deepEqual(tidyTokenAnswer(answer, silent), { access_token: 'a', token_type: 'Bearer', more: null });
  const fine = {
    access_token: 'a',
    token_type: 'Bearer',
    scope: 's',
    expires_in: '60',
    id_token: 'i',
    refresh_token: 'r',
  };
  assert.deepEqual(tidyTokenAnswer(fine, silent), fine);
});

it('an OAuth error is read also where a challenge comes with it (RFC 6749 section 5.2)', async () => {
  const headers = { 'www-authenticate': 'Basic realm="token"', 'content-type': 'application/json' };
  const read = withoutChallenge(new Response('{"error":"invalid_grant"}', { status: 401, headers }));
  assert.deepEqual([read.status, read.headers.get('www-authenticate')], [401, null]);
  assert.deepEqual(await read.json(), { error: 'invalid_grant' });
});
