import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import express, { type RequestHandler } from 'express';
import { gatehouse } from '../index.ts';
import { AWAY_ENV } from '../../../e2e/support/client-env.ts';

/** Does what the parsers of Express 4 do with a body of a type they do not read. */
const leavesNothing: RequestHandler = (req, _res, next) => {
  req.body = {};
  next();
};
const readsForms = express.urlencoded({ extended: true });

const FORM = '/login?returnTo=%2Fpage';
for (const [title, parsers, expected] of [
  ["a form of the door's own is read where the host reads none", [], FORM],
  ['… and where it has parsers of Express 4, for JSON alone', [leavesNothing], FORM],
  ['… and taken from a host that reads forms', [readsForms], FORM],
  ['nobody waits for a form that the host has read, and keeps to itself', [readsForms, leavesNothing], '/login?'],
] as const) {
  it(title, async (t) => {
    const door = gatehouse({
      env: AWAY_ENV,
    });
    const app = express().use(...parsers, door, door.errors);
    const server = app.listen(0);
    t.after(async () => {
      await once(server.close(), 'close');
      await door.stop();
    });
    await once(server, 'listening');
    const answer = await fetch(`http://localhost:${(server.address() as AddressInfo).port}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { connection: 'close' },
      body: new URLSearchParams({ returnTo: '/page' }),
    });
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, expected]);
  });
}
