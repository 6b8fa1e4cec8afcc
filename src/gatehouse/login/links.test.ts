import assert from 'node:assert/strict';
import { it } from 'node:test';
import { safeReturnTo } from './return-to.ts';

const kept = [
  '/',
  '/profile',
  '/profile?tab=claims&x=%2F%2Fevil.example',
  '/a/../profile',
  '/api-call?next=https://evil.example',
  '/profile/%5Cevil.example',
  '/%2F/evil.example',
  '/@evil.example',
];
for (const path of kept) {
  it(`keeps ${path}`, () => {
    assert.equal(safeReturnTo(path), new URL(path, 'http://x.invalid').href.slice('http://x.invalid'.length));
  });
}

const refused: unknown[] = [
  undefined,
  ['/profile'],
  {},
  '',
  'profile',
  'https://evil.example',
  'HTTPS:evil.example',
  'javascript:alert(1)',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/.//evil.example',
  '/a/..//evil.example',
  '/profile\r\nSet-Cookie: x=1',
  '/\u0000profile',
  ' //evil.example',
  `/${'x'.repeat(1024)}`,
  '/login',
  '/login?returnTo=/login',
  '/logout',
  '/signup',
  '/callback?code=1',
];
for (const value of refused) {
  it(`falls back to the home page for ${JSON.stringify(value)?.slice(0, 60)}`, () => {
    assert.equal(safeReturnTo(value), '/');
  });
}
