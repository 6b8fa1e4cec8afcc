import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { it } from 'node:test';
import { freePorts } from '../../e2e/support/ports.ts';
import { listen } from './listen.ts';

it('connections that wait while the process is busy are answered, though it stops right afterwards', async () => {
  const [port = 0] = await freePorts(1);
  const named = { name: 'server', port, variable: 'PORT', host: '127.0.0.1', shutdownTimeoutSeconds: 5 };
  let answered = 0;
  const server = await listen((_req, res) => {
    answered += 1;
    res.end('ok');
  }, named);
  // Another process connects and sends while this one only waits for it to end.
  const script = `
    const { connect } = require('node:net');
    let sent = 0;
    for (let n = 0; n < 20; n += 1) {
      const socket = connect(${port}, '127.0.0.1', () => {
        socket.write('POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 0\\r\\n\\r\\n', () => (sent += 1) === 20 && process.exit());
      });
    }`;
  execFileSync(process.execPath, ['-e', script]);
  assert.equal(answered, 0);
  await server.stop();
  assert.equal(answered, 20);
});
