import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Request } from 'express';
import { pageOf } from './access.ts';

const post = (referer?: string) => ({ method: 'POST', get: () => referer }) as unknown as Request;

describe('the page to come back to', () => {
  it('is the one that was asked for', () => {
    assert.equal(pageOf({ method: 'GET', originalUrl: '/profile?a=1' } as Request), '/profile?a=1');
  });

  it('is the one whose form was sent, and never another site', () => {
    assert.equal(pageOf(post('http://localhost:5000/api-call?a=1')), '/api-call?a=1');
    for (const referer of [undefined, '', 'no address', 'https://evil.example//evil2.example/x']) {
      assert.equal(pageOf(post(referer)), '/');
    }
  });
});
