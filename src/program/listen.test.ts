import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { freePorts } from '../../e2e/support/ports.ts';
import { listen } from './listen.ts';

it('a request that comes while the server stops is answered, at once as well, and its connection closed', async () => {
  const [port = 0] = await freePorts(1);
  const server = await listen((_req, res) => void res.end('ok'), {
    ...{ name: 'server', port, variable: 'PORT', host: undefined, shutdownTimeoutSeconds: 5 },
  });
  const socket = connect(port, 'localhost');
  await once(socket, 'connect');
  // A connection with half a request is not idle: it outlives the first moment of the stop.
  await new Promise((done) => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n', done));
  await new Promise((done) => setTimeout(done, 50));
  const stopped = server.stop();
  socket.write('\r\n');
  const answer = await text(socket);
  await stopped;
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /\r\nConnection: close\r\n/i);
});
