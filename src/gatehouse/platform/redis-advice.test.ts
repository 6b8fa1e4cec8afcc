import assert from 'node:assert/strict';
import { it } from 'node:test';
import { redisUrl } from '../config/redis-config.ts';
import { adviceForError } from './redis-advice.ts';

it('writes addresses of IPv6 as URLs have them', () => {
  const config = redisUrl('redis+cluster://user:secret@[::1]:7000');
  const advice = adviceForError(config, new Error('ERR This instance has cluster support disabled'));
  assert.equal(advice?.remedy, 'write redis://user:password@[::1]:7000');
});
