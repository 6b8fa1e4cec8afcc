import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeCertificate } from '../../../e2e/support/certificate.ts';
import { EnvReader } from './env-reader.ts';
import { readRedis, redisUrl } from './redis-config.ts';

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
    ['redis+cluster://a,,b', /has a host that is not valid/],
    ['redis+cluster://a:port', /has a host that is not valid/],
    ['redis+cluster://u:100%@a', /write it as %25/],
    ['redis://u:100%@a', /write it as %25/],
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

describe('REDIS_CA and REDIS_PASSWORD_FILE', () => {
  const { dir, certificate } = makeCertificate();
  const [password, empty] = [join(dir, 'password'), join(dir, 'empty')];
  writeFileSync(password, 'hunter2\n');
  writeFileSync(empty, '\n');

  it('go with every kind of address', () => {
    for (const REDIS_URL of ['rediss://user@a', 'rediss+cluster://user@a', 'rediss+sentinel://user@a/main']) {
      const env = new EnvReader({ REDIS_URL, REDIS_CA: certificate, REDIS_PASSWORD_FILE: password });
      const config = readRedis(env);
      env.done();
      assert.match(config?.ca ?? '', /BEGIN CERTIFICATE/);
      assert.equal(config?.passwordFile, password);
    }
    assert.deepEqual(Object.keys(readRedis(new EnvReader({ REDIS_URL: 'redis://a' })) ?? {}), ['kind', 'url']);
  });

  const wrong: [string, Record<string, string>, RegExp][] = [
    ['a CA that is no file', { REDIS_CA: '/nowhere' }, /^REDIS_CA is neither a PEM nor .*; write the certificate/],
    [
      'a CA that is no certificate',
      { REDIS_CA: password },
      /^REDIS_CA holds no certificate that can be read; write one/,
    ],
    [
      'a CA that is cut off',
      { REDIS_CA: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----' },
      /^REDIS_CA holds no certificate/,
    ],
    ['a CA without TLS', { REDIS_URL: 'redis://a', REDIS_CA: certificate }, /^REDIS_CA is for TLS; .* rediss /],
    ['a password file that is none', { REDIS_PASSWORD_FILE: dir }, /^REDIS_PASSWORD_FILE is not the path of .*; write/],
    ['a password file that is empty', { REDIS_PASSWORD_FILE: empty }, /^REDIS_PASSWORD_FILE is the path of an empty/],
    [
      'two passwords',
      { REDIS_URL: 'redis://:hunter2@a', REDIS_PASSWORD_FILE: password },
      /^REDIS_PASSWORD_FILE contradicts the password in REDIS_URL; take one/,
    ],
    ['no URL', { REDIS_URL: '', REDIS_PASSWORD_FILE: password }, /^REDIS_PASSWORD_FILE is set without REDIS_URL; set/],
  ];
  for (const [what, variables, expected] of wrong) {
    it(`refuse ${what} in one line`, () => {
      const env = new EnvReader({ REDIS_URL: 'rediss://a', ...variables });
      readRedis(env);
      assert.throws(
        () => env.done(),
        ({ problems }: { problems: string[] }) => {
          assert.equal(problems.length, 1, problems.join('\n'));
          assert.match(problems[0] ?? '', expected);
          return !problems.join().includes('hunter2');
        },
      );
    });
  }
});
