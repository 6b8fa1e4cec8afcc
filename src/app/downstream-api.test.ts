import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createDownstreamApi } from './downstream-api.ts';

test('a call of the API belongs to the trace of the request that it is made for', async (t) => {
  const server = createServer((req, res) => res.end(JSON.stringify(req.headers))).listen(0);
  t.after(() => server.close());
  await once(server, 'listening');
  const api = createDownstreamApi({ apiServerUrl: `http://localhost:${(server.address() as AddressInfo).port}` });
  const sentFor = async (headers: Record<string, string>) => {
    const answer = await api.get('/api/private', 'token', { headers });
    assert.equal(answer.outcome, 'answered');
    const { traceparent, tracestate, cookie } = answer.body as Record<string, string>;
    return { traceparent, tracestate, cookie };
  };
  const trace = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=b' };
  assert.deepEqual(await sentFor({ ...trace, cookie: 'secret' }), { ...trace, cookie: undefined });
  // OpenTelemetry adds a header of its own, and a receiver ignores the trace if there are two.
  const openTelemetry = Symbol.for('opentelemetry.js.api.1');
  t.after(() => delete (globalThis as { [openTelemetry]?: object })[openTelemetry]);
  Object.assign(globalThis, { [openTelemetry]: {} });
  assert.equal((await sentFor(trace)).traceparent, undefined);
  assert.deepEqual(await sentFor({}), { traceparent: undefined, tracestate: undefined, cookie: undefined });
});
