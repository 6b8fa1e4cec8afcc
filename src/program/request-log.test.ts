import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import express, { type Express } from 'express';
import { pino } from 'pino';
import { waitFor } from '../../e2e/support/wait-for.ts';
import { requestLog } from './request-log.ts';

const lines: Record<string, unknown>[] = [];
const WARN = 40;

function createApp(): Express {
  const log = pino(
    { base: null, timestamp: false },
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const app = express().use(requestLog(log));
  for (const path of ['/page', '/orders/:id', '/health', '/styles.css'])
    app.get(path, (_req, res) => void res.send('ok'));
  app.get('/broken', (_req, res) => void res.status(503).end());
  app.get('/never', () => log.info('begun'));
  app.get('/half', (_req, res) => void res.write('half'));
  app.get('/twice', (_req, res) => {
    res.end('whole');
    res.write('more');
  });
  return app;
}

describe('the request log', () => {
  let url: string;
  let close: () => void;
  before(async () => {
    const server = createApp().listen(0);
    await once(server, 'listening');
    url = `http://localhost:${(server.address() as AddressInfo).port}`;
    close = () => {
      server.closeAllConnections();
      server.close();
    };
  });
  beforeEach(() => lines.splice(0));
  after(() => close());

  const logged = (count: number) => waitFor(`${count} lines`, () => lines.length >= count);

  it('has a line for every answer, under the id that the answer carries', async () => {
    const answers = [await fetch(`${url}/page?code=secret&a=?`), await fetch(`${url}/broken`)];
    await logged(2);
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    assert.equal(new Set(ids).size, 2);
    assert.match(ids[0] ?? '', /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    const [page, broken] = lines;
    assert.deepEqual(Object.keys(page ?? {}), ['level', 'request_id', 'route', 'status', 'ms', 'msg']);
    assert.equal(page?.['request_id'], ids[0]);
    assert.match(String(page?.['msg']), /^GET \/page 200 \d+ ms$/);
    assert.ok(Number.isInteger(page?.['ms']));
    assert.deepEqual([broken?.['level'], broken?.['status']], [WARN, 503]);
    assert.doesNotMatch(JSON.stringify(lines), /secret/);
  });

  it('has the pattern of the route, not the ids of the path; where there is none, the path', async () => {
    for (const path of ['/orders/4711?a', '/nowhere/4711?a']) await fetch(url + path);
    await logged(2);
    const [order, nowhere] = lines;
    assert.equal(order?.['route'], '/orders/:id');
    assert.match(String(order['msg']), /^GET \/orders\/:id 200 /);
    assert.ok(nowhere && !('route' in nowhere));
    assert.match(String(nowhere['msg']), /^GET \/nowhere\/4711 404 /);
  });

  it('has the trace that a request is part of, where it says so as it should', async () => {
    const [trace, span] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
    const good = [`00-${trace}-${span}-01`, `cc-${trace}-${span}-01-what-will-be`];
    const bad = [
      ...[trace, `00-${trace.toUpperCase()}-${span}-01`, `ff-${trace}-${span}-01`, `00-${trace}-${span}-01x`],
      ...[`00-${'0'.repeat(32)}-${span}-01`, `00-${trace}-${'0'.repeat(16)}-01`],
    ];
    for (const traceparent of [...good, ...bad]) await fetch(`${url}/page`, { headers: { traceparent } });
    await logged(8);
    assert.deepEqual(
      lines.map(({ trace_id }) => trace_id),
      [trace, trace, ...bad.map(() => undefined)],
    );
  });

  it('says nothing of health checks and static files', async () => {
    for (const path of ['/health', '/styles.css?v=1', '/health?a', '/page']) await fetch(url + path);
    await logged(1);
    assert.deepEqual(
      lines.map(({ msg }) => String(msg).split(' ')[1]),
      ['/page'],
    );
  });

  it('warns of answers that nobody waited for, with a status where one was sent', async () => {
    for (const [path, status] of [
      ['/never', undefined],
      ['/half', 200],
    ] as const) {
      const call = request(url + path).on('error', () => {});
      call.end();
      await (status ? once(call, 'response') : logged(1));
      lines.splice(0);
      call.destroy();
      await logged(1);
      assert.equal(lines[0]?.['level'], WARN);
      assert.equal(lines[0]['status'], status);
      assert.match(String(lines[0]['msg']), new RegExp(`^GET ${path} aborted \\d+ ms$`));
    }
  });

  it('warns of a handler that writes after its end, which must not end the process', async () => {
    assert.equal(await (await fetch(`${url}/twice`)).text(), 'whole');
    await logged(2);
    assert.ok(lines.some(({ level, reason }) => level === WARN && reason === 'write after end'));
  });
});
