import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Request } from 'express';
import { createLinks, DEFAULT_PATHS } from './links.ts';

const links = createLinks({ paths: DEFAULT_PATHS, callback: '/callback' });

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
    assert.equal(links.destination(path), new URL(path, 'http://x.invalid').href.slice('http://x.invalid'.length));
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
    assert.equal(links.destination(value), '/');
  });
}

const post = (referer?: string) => ({ method: 'POST', get: () => referer }) as unknown as Request;

describe('the page to come back to', () => {
  it('is the one that was asked for', () => {
    assert.equal(links.pageOf({ method: 'GET', originalUrl: '/profile?a=1' } as Request), '/profile?a=1');
  });

  it('is the one whose form was sent, and never another site', () => {
    assert.equal(links.pageOf(post('http://localhost:5000/api-call?a=1')), '/api-call?a=1');
    for (const referer of [undefined, '', 'no address', 'https://evil.example//evil2.example/x']) {
      assert.equal(links.pageOf(post(referer)), '/');
    }
  });
});

it('pages that pass through are no destination, however Express matches them', () => {
  const plain = ['/login', '/LOGOUT', '/logout/', '/Login?x=1', '/signup', '/callback?code=x', '/Callback/#x'];
  const encoded = ['/%6Cogout', '/%4C%4F%47OUT', '/l%6fgin%2F', '/%6cogin/?a=b'];
  const roundabout = ['/./logout', '/a/../logout', '/%2e/logout', '/a/%2E%2e/logout', '/a/..//logout', '//logout'];
  for (const path of [...plain, ...encoded, ...roundabout]) assert.equal(links.destination(path), '/', path);
});

it('what only looks like one of them is a page like any other', () => {
  for (const path of ['/logout//', '/logout;x=1', '/a/logout', '/logout/x', '/logouts', '/%256Cogout', '/log%20out']) {
    assert.equal(links.destination(path), path);
  }
});

it('tries the same again only where a login may come back to', () => {
  const retryOf = (originalUrl: string, more: object = {}) =>
    links.retryOf({ method: 'GET', originalUrl, path: originalUrl, query: {}, ...more } as Request);
  assert.equal(retryOf('/profile?a=1'), '/profile?a=1');
  for (const address of ['//evil.example', '/\\evil.example', '/LOGOUT', '/callback?code=x', 'http://evil.example/']) {
    assert.equal(retryOf(address), '/', address);
    const get = () => `http://localhost${address}`;
    assert.doesNotMatch(retryOf('/form', { method: 'POST', get }), /^\/[/\\]|evil|logout/i, address);
  }
});

it('paths of a host that writes them otherwise pass through all the same', () => {
  const theirs = { ...DEFAULT_PATHS, login: '/Auth/Sign-In/', logout: '/Auth/Bye' };
  const own = createLinks({ paths: theirs, callback: '/Auth/CB' });
  for (const path of ['/auth/sign-in', '/AUTH/BYE/', '/auth/cb?code=1']) assert.equal(own.destination(path), '/', path);
});

it('a failure offers to try the page again, and never what passes through', () => {
  const get = (path: string, query = {}, method = 'GET') =>
    ({ method, path, originalUrl: path, query, get: () => 'http://localhost:5000/LOGOUT/' }) as unknown as Request;
  assert.equal(links.retryOf(get('/profile')), '/profile');
  for (const path of ['/LOGIN', '/login/', '/%6Cogin']) {
    assert.equal(links.retryOf(get(path, { returnTo: '/a' })), '/login?returnTo=%2Fa', path);
    assert.equal(links.retryOf(get(path, { returnTo: '/LOGOUT/' })), '/login', path);
  }
  for (const path of ['/Callback/', '/LOGOUT', '//evil.example']) assert.equal(links.retryOf(get(path)), '/', path);
  assert.equal(links.retryOf(get('/api-call/refresh', {}, 'POST')), '/');
});

describe('below a base path', () => {
  const own = createLinks({ paths: DEFAULT_PATHS, callback: '/app/callback', basePath: '/app' });

  it('are all addresses, and no destination is beside it', () => {
    assert.deepEqual([own.home, own.paths.login, own.paths.sessions], ['/app/', '/app/login', '/app/sessions']);
    assert.equal(own.login('/app/profile'), '/app/login?returnTo=%2Fapp%2Fprofile');
    assert.equal(own.login('/app/'), '/app/login');
    for (const path of ['/app/profile?a=1', '/app', '/app?a=1']) assert.equal(own.destination(path), path);
    // Express ignores case in paths, but a cookie for /app does not.
    assert.equal(own.destination('/APP/profile'), '/app/profile');
    for (const path of [
      '/',
      '/profile',
      '/application',
      '/app/../admin',
      '/app/%2e%2e/admin',
      '/app/login',
      '/app/callback',
    ]) {
      assert.equal(own.destination(path), '/app/', path);
    }
  });

  it('is a request also where a proxy took it off on the way', () => {
    for (const [originalUrl, address] of [
      ['/app/profile?a=/b', '/app/profile?a=/b'],
      ['/profile?a=1', '/app/profile?a=1'],
      ['/App/profile?a=1', '/app/profile?a=1'],
      ['/application', '/app/application'],
      ['/?a=1', '/app/?a=1'],
    ] as const) {
      const req = { method: 'GET', originalUrl } as Request;
      assert.equal(own.addressOf(req), address);
      assert.equal(own.pathOf(req), address.split('?')[0]);
    }
  });
});
