import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { redisUrl } from './redis-config.ts';

describe('REDIS_URL', () => {
  const none = { username: undefined, password: undefined };

  it('names one server', () => {
    for (const url of ['redis://localhost', 'rediss://user:p%40ss@host:6380/2', 'redis://[::1]:6379']) {
      assert.deepEqual(redisUrl(url), { kind: 'single', url });
    }
  });

  it('names sentinels and their master', () => {
    assert.deepEqual(redisUrl('redis+sentinel://user:p%40ss%3A@a:1,b,[::1]:3/main/2'), {
      kind: 'sentinel',
      ...{ username: 'user', password: 'p@ss:', tls: false, master: 'main', database: 2 },
      sentinels: [
        { host: 'a', port: 1 },
        { host: 'b', port: 26379 },
        { host: '::1', port: 3 },
      ],
    });
  });

  it('names nodes of a cluster, also with TLS', () => {
    assert.deepEqual(redisUrl('rediss+cluster://:secret@a,b:7000'), {
      kind: 'cluster',
      ...{ ...none, password: 'secret', tls: true },
      nodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7000 },
      ],
    });
    assert.deepEqual(redisUrl('redis+cluster://a/'), {
      kind: 'cluster',
      ...{ ...none, tls: false },
      nodes: [{ host: 'a', port: 6379 }],
    });
  });

  const malformed: [string, RegExp][] = [
    ['localhost:6379', /write redis:\/\/localhost:6379/],
    ['redis://', /write redis:\/\/localhost:6379/],
    ['redis://host/name', /database number/],
    ['redis+sentinel://host:26379', /name of the master/],
    ['redis+sentinel://host:26379/main/x', /name of the master/],
    ['redis+sentinel://host:26379/main/0/1', /name of the master/],
    ['redis+cluster://host:6379/1', /only one database/],
    ['redis+cluster://a,,b', /has a host that is none/],
    ['redis+cluster://a:port', /has a host that is none/],
    ['redis+cluster://u:100%@a', /write it as %25/],
    ['redis+ring://a', /redis\+sentinel/],
    ['redi://user:hunter2@a', /is not a Redis URL/],
  ];
  for (const [url, expected] of malformed) {
    it(`refuses ${url}`, () => {
      assert.throws(() => redisUrl(url), expected);
      assert.throws(
        () => redisUrl(url),
        (error: Error) => !error.message.includes('hunter2'),
      );
    });
  }
});
