import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
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
  // A connection with half a request is not idle, so it survives the first moment of the stop.
  await new Promise((done) => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n', done));
  await new Promise((done) => setTimeout(done, 50));
  const stopped = server.stop();
  socket.write('\r\n');
  const answer = await text(socket);
  await stopped;
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /\r\nConnection: close\r\n/i);
});

it('localhost is both of its addresses, and none that others reach', async () => {
  const [port = 0] = await freePorts(1);
  const named = { name: 'server', port, variable: 'PORT', host: 'localhost', shutdownTimeoutSeconds: 1 };
  const server = await listen((_req, res) => void res.end('ok'), named);
  const reaches = (host: string) =>
    fetch(`http://${host}:${port}`).then(
      ({ ok }) => ok,
      () => false,
    );
  const others = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  for (const { address, internal, family } of others) {
    if (internal) assert.equal(await reaches(family === 'IPv6' ? `[${address}]` : address), true, address);
    else if (family === 'IPv4') assert.equal(await reaches(address), false, address);
  }
  await server.stop();
});

it('localhost is refused where another program has one of its addresses, and then holds neither', async (t) => {
  const [port = 0] = await freePorts(1);
  const named = { name: 'server', port, variable: 'PORT', host: 'localhost', shutdownTimeoutSeconds: 1 };
  for (const host of ['127.0.0.1', '::1']) {
    const other = createServer().listen(port, host);
    try {
      await once(other, 'listening');
    } catch {
      return t.skip('this machine has no IPv6');
    }
    await assert.rejects(
      listen(() => {}, named),
      /The server cannot start: port \d+ is taken/,
    );
    await once(other.close(), 'close');
    // The failed attempt holds no address any more.
    await (await listen(() => {}, named)).stop();
  }
});

it('a request that nobody can read is answered with headers that keep a browser from using it', async () => {
  const [port = 0] = await freePorts(1);
  const named = { name: 'server', port, variable: 'PORT', host: undefined, shutdownTimeoutSeconds: 1 };
  const server = await listen((_req, res) => void res.end('ok'), named);
  for (const [request, status] of [
    ['GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n', 400],
    ['GET /\u0000 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['NONSENSE\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: a\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
  ] as const) {
    const socket = connect(port, 'localhost');
    socket.write(request);
    const answer = await text(socket);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), request.slice(0, 40));
    for (const header of ['content-security-policy', 'x-content-type-options', 'referrer-policy', 'cache-control']) {
      assert.match(answer.toLowerCase(), new RegExp(`\r\n${header}: `));
    }
  }
  await server.stop();
});

it('nonsense after a request is not answered in the middle of the answer to it', async () => {
  const [port = 0] = await freePorts(1);
  const named = { name: 'server', port, variable: 'PORT', host: undefined, shutdownTimeoutSeconds: 1 };
  const server = await listen((_req, res) => void res.write('the beginning'), named);
  const socket = connect(port, 'localhost');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  socket.once('data', () => socket.write('NONSENSE\r\n\r\n'));
  const answer = await text(socket).catch(String);
  assert.match(answer, /the beginning/);
  assert.doesNotMatch(answer, /400/);
  await server.stop();
});
