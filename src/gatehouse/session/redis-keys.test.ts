import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createRedisKeys } from './redis-keys.ts';

it('one user of two providers, or of two apps in one Redis, is two, and none can be read', () => {
  const names = ['https://a.example app', 'https://b.example app', 'https://a.example other'].map((namespace) => {
    const keys = createRedisKeys(namespace);
    const { list, ended } = keys.ofSubject('alice');
    return [list, ended, keys.ofProviderSession('alice').list, keys.nameOf('alice'), keys.logoutToken('alice')];
  });
  const all = names.flat();
  assert.equal(new Set(all).size, all.length);
  assert.doesNotMatch(all.join('\n'), /alice|example/);
});
